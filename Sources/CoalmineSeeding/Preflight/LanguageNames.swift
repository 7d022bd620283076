// SPDX-License-Identifier: Apache-2.0

/// Names of the languages that ``LanguageProfile`` tells.
public enum LanguageNames {
  /// The English name of a language, or its code where it has none here.
  public static func name(_ code: String) -> String { names[code] ?? code }

  private static let names = [
    "ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fr": "French", "he": "Hebrew", "hi": "Hindi", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese",
    "ru": "Russian or another language in Cyrillic", "th": "Thai", "tr": "Turkish", "zh": "Chinese",
  ]
}
