// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// What can be wrong with an endpoint or with how it is asked.
  static let endpointErrors = Family(
    "errors of endpoints", "what can be wrong with an endpoint or with how it is asked",
    texts: """
      bad-endpoint
        The URL cannot be used. The message says why: a scheme that is not http or https, a missing
        host, plain http to another machine without '--allow-plain-http', a route that the dialect does
        not ask, or a query that is not given by '--query' or looks like a key.
      bad-key
        The API key is missing, empty, or holds more than one word or a character that no key has. Put
        the key alone into COALMINE_API_KEY or a file. Keys of Amazon Web Services are two variables,
        AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the message names the one that is wrong.
      bad-proxy
        A proxy named by HTTPS_PROXY or ALL_PROXY cannot be used as it is written. Write it as
        'http://HOST:PORT', or take the variable away.
      bad-header
        A header of your own cannot be sent, or the header for the key cannot be one. Write one header
        per line as 'Name: value'; headers of the connection, such as 'host' or 'content-length', are
        set by coalmine alone.
      key-file-open
        The file with the API key or with headers can be read by others than its owner. Take the permission away, for
        example with 'chmod 600'.
      key-refused
        The endpoint refused the key, or there was none. With HTTP 403 the key may be valid and lack the
        right to use this model, or a firewall or a rule about regions refuses. One request was sent.
        Mend it; the same command goes on.
      clock-differs
        A request to Amazon Web Services is signed with the time, and the service refuses a time that is
        more than five minutes from its own. Set the clock of this machine. The same command goes on.
      signature-refused
        Amazon Web Services compute another signature of the request: the secret key does not belong to
        the key's name, the region is not that of the host, or a proxy changes what is sent. Mend it; the
        same command goes on.
      all-filtered
        A content filter of the endpoint held back many questions in a row, with no answer between them. What
        is held back shows neither a leak nor its absence, so nothing more was asked. What was answered is
        stored; the same command goes on, and asks these again.
      no-credit
        The endpoint wants to be paid, or says that a quota is used up. The run stops at once. What was
        answered is stored; the same command goes on when there is credit.
      unknown-dialect
        There is no dialect of that name. 'coalmine list dialects' lists them.
      bad-dialect-option
        The name of a dialect may be followed by options, NAME,OPTION=VALUE. This one has no such
        option, or the option does not take that value. 'coalmine list dialects' lists them.
      cannot-be-asked
        The program tried to ask a question that the dialect has no request for. This is a fault of
        coalmine; nothing was sent.
      batch-job-gone
        The provider has no such batch job or file any more: it was deleted, or kept for some days only.
        Its answers are lost unless the provider's own page still shows them. 'coalmine probe
        --new-run' asks everything anew, which is paid for again.
      batch-job-refused
        The provider did not begin the batch job and says why. Nothing of it was asked. When the cause
        is mended, the same command makes a new job.
      batch-job-unanswered
        The provider gave no usable reply to a request about a batch job. A job that was made goes on,
        and the same command looks at it again.
      batch-job-uncertain
        The reply to the request that makes a batch job was lost, and the provider's list does not show
        the job. It may be there all the same, so no other one was made. Run the same command again in
        some minutes: it looks for the job once more, and makes another one if there is none.
      no-batch-jobs
        '--batch' needs a dialect and a provider with batch jobs: 'openai-chat' or
        'openai-completions' at OpenAI or a server like it, 'mistral-chat' or 'mistral-fim' at Mistral,
        'anthropic-messages' at Anthropic, 'gemini' at the Gemini API. Leave the option out to ask every
        question by itself.
      dialect-cannot-score
        The dialect gives no log-probabilities of a given text, and the probe set needs them. Choose
        another dialect or the probe set 'text-only'.
      probe-set-not-of-dialect
        Decision endpoints answer forced choices and nothing else, and no other endpoint answers those: the
        dialect 'decisions' and the probe set 'forced-choice' belong together.
      forced-choice-not-planned
        The protocol of the study plans no forced choice. It would show every secret to whoever runs the
        endpoint, so it is asked only where that was settled before training: 'forced-choice' in the
        protocol, or 'coalmine plan --forced-choice NUMBER'.
      forced-choice-not-last
        Forced choices show every secret, so a study asks them last: another run of the same model must be
        there, and the last one complete.
      base-first
        The protocol compares the tuned model with the base model, and the base run is not there or
        not complete. What is compared is settled before the first tuned request, so that nobody can
        choose it afterwards. Ask the base model first, or decide by the tuned model alone.
      base-is-there
        '--score plain' stands for a missing base run, and the study has a complete one.
      endpoint-down
        Nothing answered at the URL, or the endpoint stopped answering: five requests in a row failed,
        and single requests after growing pauses as well. Look whether the server runs and the URL is
        right. What was answered before is stored; the same command goes on.
      endpoint-busy
        The endpoint answered nothing but "too many requests" for half an hour of waiting. What was
        answered before is stored; the same command goes on.
      wait-too-long
        The endpoint asks to wait longer than ten minutes before the next request. The message says how
        long. What was answered before is stored; the same command goes on.
      text-filtered
        A content filter of the endpoint refused the request. Where a text can be left out, it is, and
        the run goes on.
      endpoint-unusable
        The endpoint gave no usable answer to the first question, so nothing else was asked. The
        dialect may be the wrong one.
      endpoint-cannot
        The check did not see the endpoint do what the probe set needs, so no question of the study was
        sent. 'coalmine check' says what is missing.
      check-incomplete
        A question of the check stayed without an answer, so what the endpoint can do is not known. Try
        again when it is less busy.
      template-not-rendered
        The dialect was to send conversations as the text that the server's own chat template makes of
        them, and the server has no route for that, or what it renders is not fixed text around the
        turns, or its chat route reads other tokens. Nothing of the study was sent. Leave
        'template=server' out, or use a dialect that speaks in turns.
      template-not-learned
        A question about the server's chat template stayed without an answer, so conversations cannot be
        rendered yet. Run the same command again when the endpoint answers.
      no-conversation
        The dialect renders conversations, and the canaries of the study were planted as texts. Leave
        'template=server' out.
      unexpected-reply
        The endpoint's reply is JSON of another shape than the dialect expects. Is it the right dialect
        and the API's own URL?
      not-json
        The endpoint answered with something that is not JSON, often the page of a proxy or a log-in.
        Give the API's own base URL.
      not-found
        The endpoint knows no such route or no such model. Look at the URL and the model's name.
      redirected
        The endpoint sends the request to another URL. A key is never sent along with a redirect; give
        the final URL.
      field-refused
        The model does not take a field of the requests, such as a temperature. The help names the
        dialect's option that does without it. Where that option was not stated and nothing of the
        study was asked yet, 'probe' and 'check' go on with it by themselves, in another run, and say
        so; the next call remembers it. An option that you stated is never changed by 'probe'.
      request-refused
        The endpoint refused the request as it is, down to a single text. Its own words are shown where
        they hold nothing of a question.
      request-not-written
        A request could not be written as JSON. This is a defect of coalmine; nothing was sent.
      reply-too-large
        The reply is larger than any answer to these questions can be, and no answer came before it. Is this
        a completions API?
      tls-refused
        The endpoint's certificate, or TLS itself, was refused, and there is no switch to trust it
        anyway. Mend the certificate or the list of authorities.
      ca-file-missing
        The file with certificate authorities cannot be read, so no certificate could be checked.
      proxy-refused
        The proxy that the environment names did not let the request through. The message says what it
        answered.
      impossible-probabilities
        The endpoint gave log-probabilities that no model can have, such as probabilities that sum to
        more than 1. They may be taken after temperature or samplers.
      bad-concurrency
        The number of requests under way at once is outside its range. The message gives the range.
      nothing-to-ask-the-base
        The probe set holds no question for a base model, which only scores texts. Leave the base run out, or use
        the probe set 'exposure'.
      """)

  static let errors = [
    fileErrors, ledgerErrors, seedingErrors, kindErrors, importErrors, scanErrors,
    comparisonErrors, historyErrors, endpointErrors, commandErrors, costErrors,
  ]
}
