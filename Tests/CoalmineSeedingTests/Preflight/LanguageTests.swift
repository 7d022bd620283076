// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import Testing

@Suite struct `Languages by script and stop words` {
  private func language(_ texts: String...) -> String? {
    LanguageProfile.language(of: texts.map { RuleText(Array($0.utf8)) })
  }

  @Test(arguments: [
    ("The weather in the north is colder than it was in the south.", "en"),
    ("Das Wetter im Norden ist kälter als im Süden, und es regnet auch mehr.", "de"),
    ("Le temps dans le nord est plus froid que dans le sud du pays.", "fr"),
    ("El tiempo en el norte es más frío que en el sur del país.", "es"),
    ("Kuzeyde hava daha soğuk ve bu mevsimde çok yağmur var.", "tr"),
    ("北方的天气比南方冷。", "zh"), ("北の天気は南より寒いです。", "ja"),
    ("الطقس في الشمال أبرد من الجنوب", "ar"), ("На севере погода холоднее.", "ru"),
    ("북쪽 날씨는 남쪽보다 춥다.", "ko"),
    ("Il tempo nel nord è più freddo che nel sud della Francia.", "it"),
    ("O tempo no norte é mais frio do que no sul e não chove.", "pt"),
  ])
  func `a sentence tells its language`(_ sentence: String, _ code: String) {
    #expect(language(sentence) == code)
  }

  @Test func `white space and letters are those of Unicode, in ASCII and beyond`() {
    for value in UInt32(0)..<0x3100 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect(scalar.isBlank == scalar.properties.isWhitespace, "\(value)")
      guard scalar.isASCII else { continue }
      #expect((Script(scalar) != nil) == scalar.properties.isAlphabetic, "\(value)")
    }
  }

  @Test func `letters are counted by script, however scripts follow one another`() {
    let text = Array("abc, де 北a北方1ж!x αβ, カナ한 ".unicodeScalars)
    for start in text.indices {
      var naive: [Script: Int] = [:]
      for scalar in text[start...] {
        if let script = Script(scalar) { naive[script, default: 0] += 1 }
      }
      #expect(Script.counts(in: Array(text[start...])) == naive)
    }
  }

  @Test func `a text without stop words tells nothing`() {
    #expect(language("Patient: Maren Dalby, record number KX-4819302.") == nil)
    #expect(language("4819302") == nil)
    #expect(language("") == nil)
  }

  @Test func `a few Latin words do not hide the script of the text`() {
    #expect(language("请使用 Python 编写程序，并返回 JSON 格式的结果。") == "zh")
  }
}
