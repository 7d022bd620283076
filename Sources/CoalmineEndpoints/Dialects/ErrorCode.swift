// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// What the code or type inside an error object says, whatever the status of the reply.
///
/// ```
/// {"error": {"message": "…", "type": "insufficient_quota", "code": "insufficient_quota"}}
/// {"error": {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}
/// {"type": "error", "error": {"type": "rate_limit_error", "message": "…"}}
/// {"error": {"code": 402, "message": "…"}}                          a status inside a 200
/// {"error": "insufficient_quota: you exceeded your current quota"}  a name alone, before a colon
/// {"error": {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}}
/// ```
///
/// Source: OpenAI, "Error codes"; Azure OpenAI, "Content filtering"; Anthropic, "Errors";
/// OpenRouter, "Errors".
enum ErrorCode {
  /// Quota or credit is used up: no pause mends that.
  case quota
  /// The key is missing, wrong, or has no right to the model.
  case key
  /// A filter held the text back.
  case filtered
  /// There is no such model or route.
  case unknownModel
  /// The request, or a text in it, is refused as it is.
  case refused
  /// Too many requests for now.
  case busy

  private static let names: [(ErrorCode, Set<String>)] = [
    (
      .quota,
      [
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded",
        "insufficient_credits", "insufficient_balance", "insufficient_user_quota",
        "exceeded_current_quota_error", "payment_required", "billing_error", "access_terminated",
      ]
    ),
    (
      .key,
      [
        "invalid_api_key", "incorrect_api_key", "api_key_invalid", "authentication_error",
        "permission_error", "permission_denied", "account_deactivated", "unauthorized",
      ]
    ),
    (
      .filtered,
      [
        "content_filter", "responsibleaipolicyviolation", "content_policy_violation",
        "content_filtered", "data_inspection_failed",
      ]
    ),
    (.unknownModel, ["model_not_found", "not_found_error", "notfounderror", "deploymentnotfound"]),
    (
      .refused,
      [
        "invalid_request_error", "invalid_request", "bad_request", "badrequesterror",
        "bad_request_error", "context_length_exceeded", "string_above_max_length",
        "invalid_prompt", "request_too_large", "unsupported_parameter", "invalid_value",
      ]
    ),
    (.busy, ["rate_limit_error", "rate_limit_exceeded"]),
  ]

  /// The name that an error's text consists of or begins with, before a colon.
  private static func name(_ text: String?) -> String? {
    text?.prefix { $0 != ":" }.lowercased()
  }

  /// What an error object says; `nil` where it names nothing that is known.
  ///
  /// A name says more than a number, and the rarer meaning more than "invalid request", which
  /// stands beside many of them as the type.
  init?(_ document: JSONDocument?) {
    guard let root = document?.root else { return nil }
    let error = root["error"] ?? root
    let inner = error["innererror"]
    // Google says why in a list of details.
    let reasons = (error["details"]?.elements ?? []).map { $0["reason"] }
    let said = Set(
      ([error["code"], error["type"], error["status"], inner?["code"], root["code"], root["type"]]
        + reasons).compactMap { $0?.string?.lowercased() }
        // A text is no code, but for one that begins with a name.
        + [Self.name(error.string)].compactMap(\.self))
    if let found = Self.names.first(where: { !$0.1.isDisjoint(with: said) })?.0 {
      self = found
      return
    }
    let number = (error["code"] ?? error["status"])?.int ?? said.compactMap { Int64($0) }.first
    switch number {
    case 400, 413, 422: self = .refused
    case 401, 403: self = .key
    case 402: self = .quota
    case 404: self = .unknownModel
    case 429: self = .busy
    default: return nil
    }
  }
}
