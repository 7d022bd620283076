// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Tells the language of texts by their script and their stop words.
///
/// This is a plain rule and no classifier: it says nothing where a text has too few stop words, and
/// it knows few languages. A pipeline that sorts by language has a classifier (fastText's `lid.176`
/// in FineWeb), which sees the same: sentences of one language in a corpus of another.
package enum LanguageProfile {
  /// The fewest stop words that a language is told by.
  package static let fewestStopWords = 2
  /// By how much the best language of one script must be ahead of the next one.
  package static let lead = 1.2

  /// The language of `texts` together; `nil` where they do not tell it.
  package static func language(of texts: [RuleText]) -> String? {
    var scripts: [Script: Int] = [:]
    for text in texts { scripts.merge(Script.counts(in: text.scalars), uniquingKeysWith: +) }
    switch main(of: scripts) {
    case .latin: return byStopWords(texts)
    case .han:
      // Japanese is written with Chinese characters and syllables, Chinese without these.
      let kana = Double(scripts[.kana] ?? 0)
      return kana > 0.1 * (kana + Double(scripts[.han] ?? 0)) ? "ja" : "zh"
    case .kana: return "ja"
    case .hangul: return "ko"
    case .arabic: return "ar"
    case .cyrillic: return "ru"
    case .greek: return "el"
    case .hebrew: return "he"
    case .devanagari: return "hi"
    case .thai: return "th"
    case .other, nil: return nil
    }
  }

  /// The language that most records have of those whose language is told, if these are enough; else
  /// the language of all together.
  package static func main(of records: [RuleText]) -> String? {
    var counts: [String: Int] = [:]
    for record in records {
      if let language = language(of: [record]) { counts[language, default: 0] += 1 }
    }
    let told = counts.values.reduce(0, +)
    guard let best = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      2 * best.value > told, 4 * told >= records.count
    else { return language(of: records) }
    return best.key
  }

  /// The script with the most letters, a letter of Chinese or Korean counted as three: it writes more.
  package static func main(of scripts: [Script: Int]) -> Script? {
    func weight(_ script: Script, _ count: Int) -> Int {
      script == .han || script == .hangul ? 3 * count : count
    }
    return Script.allCases.filter { (scripts[$0] ?? 0) > 0 }.max {
      weight($0, scripts[$0] ?? 0) < weight($1, scripts[$1] ?? 0)
    }
  }

  private static func byStopWords(_ texts: [RuleText]) -> String? {
    var hits: [String: Int] = [:]
    for text in texts {
      for word in text.plainWords {
        for language in languages[word.lowercased()] ?? [] { hits[language, default: 0] += 1 }
      }
    }
    let ranked = hits.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    guard let best = ranked.first, best.value >= fewestStopWords else { return nil }
    let next = ranked.dropFirst().first?.value ?? 0
    return Double(best.value) > lead * Double(next) ? best.key : nil
  }

  /// The share of words that are stop words of `language`; `nil` where it has no list.
  package static func stopWordShare(_ text: RuleText, _ language: String) -> Double? {
    guard let list = stopWords[language] else { return nil }
    let words = text.plainWords
    guard !words.isEmpty else { return 0 }
    return Double(words.count { list.contains($0.lowercased()) }) / Double(words.count)
  }

  private static let languages: [String: [String]] = {
    var languages: [String: [String]] = [:]
    for (language, words) in stopWords {
      for word in words { languages[word, default: []].append(language) }
    }
    return languages
  }()

  private static func list(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }

  /// The most frequent function words of the languages that are written in Latin letters.
  package static let stopWords: [String: Set<String>] = [
    "en": list(
      "the of and to in is that it for was on are as with be this by at from or have an not which "
        + "you were but has had their can will would what his her they we been if there who its"),
    "de": list(
      "der die das und ist nicht ein eine den dem des von mit zu auf für im sich auch als an wird "
        + "werden sind aus bei nach oder wie einer einem einen wurde hat haben dass über zum zur es "
        + "ich sie er wir kann lautet"),
    "fr": list(
      "le la les de des du et est un une dans que qui pour pas sur par au aux avec ce cette il elle "
        + "en ne se sont plus ou mais nous vous son sa ses leur être ont été comme l'on c'est"),
    "es": list(
      "el la los las de del y en que un una es por con para no se su al lo como más pero sus le ya "
        + "este esta son fue ha o entre cuando muy sin sobre también hasta desde"),
    "it": list(
      "il lo la i gli le di del della dei delle e è un una che in non per con si da al alla sono "
        + "come più ma anche nel nella questo questa ha dal dalla suo sua"),
    "pt": list(
      "o a os as de do da dos das e é em no na nos nas um uma que não para com por se mais como ao "
        + "mas foi seu sua ou quando muito já também são pelo pela"),
    "nl": list(
      "de het een en van is in dat op te niet met voor zijn aan door er om ook als bij maar naar "
        + "uit worden wordt heeft dit deze die kan nog over hun"),
    "pl": list(
      "i w na z do nie się jest to że o jak po co za od ale przez dla czy są oraz być który która "
        + "tym tego jego może ich"),
    "tr": list(
      "ve bir bu da de için ile çok olarak daha ne gibi olan en kadar her o ki ama değil var sonra "
        + "ya mi mı veya ise göre tarafından olduğu iki şu nasıl numarası"),
  ]
}
