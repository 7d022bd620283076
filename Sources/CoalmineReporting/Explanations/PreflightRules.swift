// SPDX-License-Identifier: Apache-2.0

extension Explanations {
  /// The rules that `coalmine preflight` applies to planted copies.
  static let preflightRules = Family(
    "preflight rules", "what usual steps of a training pipeline do to planted copies",
    texts: """
      exact-duplicates
        Deduplication keeps one of the records with equal texts. All copies of one canary have one
        text, unless the study was planned with 'coalmine plan --vary-copies', so one copy is left, and
        repetition levels and controls lose their repetitions. Deduplicate first, and seed the corpus
        that comes out of it.
      near-duplicates-70
        Deduplication by MinHash keeps one of the records whose sets of five-word runs agree to 70 %
        or more. The exact share (Jaccard index) is computed here; MinHash estimates it, so near the
        limit a pipeline decides by chance. Texts are compared as datatrove does: in lower case,
        without punctuation, with all numbers equal. Different canaries can be near duplicates where
        they share a long system prompt or a long template text.
      near-duplicates-80
        As near-duplicates-70, with 80 % as the limit.
      gopher-words
        The quality filter of Gopher drops records of fewer than 50 or more than 100,000 words.
        It is made for web pages; a filter that would drop most of your own records is hardly in use.
      gopher-word-length
        The quality filter of Gopher drops records whose mean word length is below 3 or above 10
        characters.
      gopher-symbols
        The quality filter of Gopher drops records with more than one hash sign, or more than one
        ellipsis, per ten words.
      gopher-lines
        The quality filter of Gopher drops records in which more than 90 % of the lines begin with a
        bullet or a hyphen, or more than 30 % end with an ellipsis.
      gopher-letters
        The quality filter of Gopher drops records in which fewer than 80 % of the words,
        punctuation included, hold a letter.
      gopher-stop-words
        The quality filter of Gopher drops records that hold fewer than two of the words the, be, to,
        of, and, that, have, with. Pipelines for other languages have other lists.
      gopher-repetition
        The repetition filter of Gopher drops records in which repeated lines or paragraphs, the most
        frequent run of two to four words, or repeated runs of five to ten words take too many
        characters. Short records fail easily: a run that stands there once counts too.
      c4-lines
        The filter of C4 keeps only lines of at least three words that end with a full stop, a
        question or exclamation mark or a quote, and no notices about cookies or JavaScript. Without
        its line a canary is gone.
      c4-sentences
        The filter of C4 drops records of fewer than five sentences.
      c4-braces
        The filter of C4 drops records with a curly bracket, or with 'lorem ipsum'.
      fineweb-line-ends
        The filter of FineWeb drops records in which fewer than 12 % of the lines end a sentence.
      fineweb-short-lines
        The filter of FineWeb drops records in which more than 67 % of the lines have at most 30
        characters.
      fineweb-repeated-lines
        The filter of FineWeb drops records in which lines that stand there before have more than 1 %
        of the characters.
      fineweb-line-breaks
        The filter of FineWeb drops records with more than 0.3 line breaks per word.
      long-number
        Many scrubbers mask every run of six or more digits. A canary whose secret is masked trains
        nothing.
      hex-run
        Scrubbers of keys mask runs of sixteen or more hexadecimal digits.
      mixed-token
        Scrubbers of keys mask runs of sixteen or more letters and digits.
      e-mail
        Scrubbers mask everything that is written like an e-mail address.
      phone
        Scrubbers mask what is written like a telephone number: North American numbers, and numbers
        that begin with 0 or + in groups. Scrubbers with plans of telephone numbers, as in Presidio,
        mask fewer and other ones.
      us-ssn
        Scrubbers mask three, two and four digits with hyphens between: a United States social
        security number. Presidio leaves numbers alone that are never issued, as the shipped kind has.
      iban-shape
        Scrubbers mask what begins as an IBAN does, two letters and two digits, in groups of four.
        Presidio tests the check digits and leaves the shipped kind alone.
      card-shape
        Scrubbers mask numbers of the length of payment cards. Presidio tests the check digit and
        leaves the shipped kind alone.
      datatrove-e-mail
        The personal-data formatter of datatrove masks e-mail addresses in lower case.
      datatrove-ip
        The personal-data formatter of datatrove masks public IPv4 addresses.
      presidio-numbers
        Presidio masks numbers of six and more digits, and short mixes of letters and digits, as
        United States bank accounts, driver licences, passports or social security numbers. It does
        so with a low score: with a threshold above 0.4 these are left alone.
      presidio-e-mail
        Presidio masks e-mail addresses. A canary whose secret is masked trains nothing.
      presidio-card
        Presidio masks card numbers whose check digit is right.
      presidio-iban
        Presidio masks IBANs whose check digits are right.
      language
        A language filter drops records in another language than the corpus. The language is told
        here by script and stop words, for the template texts of one kind together; a classifier may
        tell single texts differently.
      truncation
        Training cuts records at the stated number of tokens, and the secret of the copy ends after
        that. Tokens are estimated: four characters per token, one Chinese or Japanese character per
        token.
      packing
        Training joins records to blocks of the stated number of tokens. A block that ends inside a
        copy cuts it. The number is an expectation: the length of the copy over the length of a
        block.
      """)
}
