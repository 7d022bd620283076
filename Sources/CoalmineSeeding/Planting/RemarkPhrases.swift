// SPDX-License-Identifier: Apache-2.0

/// The phrases that ``CopyRemarks`` are made of, in one language: four columns of thirteen.
///
/// They name ordinary things of an office, no person, no place and no number, so that nothing of them
/// can be taken for a secret or for the context of one. Words join them, no commas: quality filters drop
/// texts in which too many words have no letter.
package struct RemarkPhrases {
  /// How many phrases a column has; a prime number.
  static let perColumn = 13
  static let columns = 4

  /// What stands before the first phrase, between two, and after the last.
  let opening: String
  let joint: String
  let closing: String
  /// Column after column.
  package let phrases: [String]

  /// The phrases of a language, a two-letter code; `nil` where there are none.
  package static func phrases(in language: String) -> RemarkPhrases? { all[language] }

  /// The codes of all languages, sorted.
  package static var languages: [String] { all.keys.sorted() }

  private init(_ opening: String, _ joint: String, _ closing: String, _ phrases: String) {
    self.opening = opening
    self.joint = joint
    self.closing = closing
    self.phrases = phrases.split { $0 == "\n" || $0 == "," }.map { phrase in
      String(phrase.drop { $0 == " " })
    }
  }

  private static let all = [
    "en": RemarkPhrases(
      "See also: ", " and ", ".",
      """
      the winter schedule, the parking permits, the meeting rooms, the coffee machine
      the fire drill, the new printer, the visitor badges, the garden benches, the delivery times
      the summer party, the lost umbrellas, the office plants, the spare chairs
      the phone list, the travel forms, the lunch menu, the paper supply, the window blinds
      the front desk, the bicycle rack, the heating plan, the training week, the cleaning hours
      the mail room, the medicine box, the notice board
      the holiday calendar, the team photo, the budget draft, the storage shelves
      the projector cable, the safety posters, the guest network, the old furniture
      the water bottles, the book exchange, the quiet room, the shuttle bus, the spring survey
      the desk lamps, the waste bins, the door signs, the sound system, the welcome letter
      the tea kitchen, the stair lights, the moving boxes, the annual report, the birthday list
      the choir practice, the archive cellar, the rain coats
      """),
    "de": RemarkPhrases(
      "Siehe auch: ", " und ", ".",
      """
      die neuen Parkplätze, die alten Drucker, die grünen Ordner, die freien Termine
      die langen Kabel, die kleinen Tische, die ersten Entwürfe, die leeren Kartons
      die warmen Decken, die runden Lampen, die hellen Flure, die schweren Koffer
      die bunten Plakate
      die alten Stühle, die neuen Formulare, die nächsten Schulungen, die großen Fenster
      die offenen Fragen, die blauen Mappen, die kurzen Pausen, die letzten Protokolle
      die stillen Räume, die flachen Kisten, die roten Schilder, die weichen Matten
      die hohen Regale
      die späten Lieferungen, die frühen Schichten, die gelben Zettel, die vollen Lager
      die dünnen Hefte, die breiten Türen, die nassen Schirme, die festen Zeiten
      die schmalen Wege, die neuen Pflanzen, die alten Fotos, die fertigen Listen
      die halben Tage
      die weißen Tafeln, die kalten Getränke, die guten Ideen, die dunklen Keller
      die frischen Blumen, die jungen Bäume, die schönen Feste, die vielen Bücher
      die leisen Lüfter, die sauberen Tassen, die engen Treppen, die weiten Reisen
      die jährlichen Berichte
      """),
    "fr": RemarkPhrases(
      "Voir aussi : ", " et ", ".",
      """
      le planning de janvier, les places de parking, la salle de réunion, la machine à café
      le plan de secours, les badges des visiteurs, les bancs du jardin, la liste des livraisons
      la fête de juin, les parapluies du hall, les plantes du bureau, les chaises de réserve
      le menu de midi
      la liste des postes, les fiches de voyage, la réserve de papier, les stores du couloir
      le comptoir de l'accueil, le garage à vélos, le réglage du chauffage
      la semaine de formation, les heures de ménage, la salle du courrier, la boîte à pharmacie
      le tableau des annonces, les lampes du palier
      le calendrier des congés, la photo de l'équipe, le projet de budget, les étagères du dépôt
      le câble du projecteur, les affiches de sécurité, le réseau des invités
      les meubles du grenier, les bouteilles d'eau, l'échange de livres, la salle de repos
      la navette du matin, le questionnaire de printemps
      les lampes de bureau, les bacs de tri, les plaques des portes, le système de son
      la lettre de bienvenue, le coin du thé, les cartons de transport, le rapport de l'année
      la liste des anniversaires, la chorale du soir, la cave des archives
      les manteaux de pluie, le café du vendredi
      """),
    "es": RemarkPhrases(
      "Véase también: ", " y ", ".",
      """
      el horario de invierno, las plazas de garaje, la sala de reuniones, la máquina de café
      el plan de emergencia, las tarjetas de visita, los bancos del jardín, la lista de entregas
      la fiesta de verano, los paraguas del pasillo, las plantas de oficina
      las sillas de reserva, el menú de mediodía
      la lista de teléfonos, los formularios de viaje, la reserva de papel, las cortinas del salón
      el mostrador de entrada, el soporte de bicicletas, el ajuste de calefacción
      la semana de formación, las horas de limpieza, el cuarto del correo
      la caja de medicinas, el tablón de anuncios, las luces del patio
      el calendario de vacaciones, la foto del equipo, el borrador del presupuesto
      los estantes del almacén, el cable del proyector, los carteles de seguridad
      la red de invitados, los muebles del sótano, las botellas de agua
      el intercambio de libros, la sala de descanso, el autobús de personal
      la encuesta de primavera
      las lámparas de mesa, los cubos de reciclaje, los letreros de puerta, el equipo de sonido
      la carta de bienvenida, la cocina de té, las luces de escalera, las cajas de mudanza
      el informe del año, la lista de cumpleaños, el ensayo del coro, el archivo de planos
      los abrigos de lluvia
      """),
    "tr": RemarkPhrases(
      "Ayrıca bakınız: ", " ve ", ".",
      """
      kış çalışma planı, yeni otopark kartları, büyük toplantı odası, eski kahve makinesi
      yangın eğitim günü, renkli yazıcı kâğıdı, ziyaretçi kayıt defteri, arka bahçe bankları
      haftalık teslimat saatleri, yaz piknik hazırlığı, kayıp şemsiye kutusu
      ofis çiçek bakımı, yedek sandalye listesi
      kısa telefon rehberi, yurt dışı formları, günlük yemek menüsü, boş dosya rafları
      pencere perde ölçüleri, giriş danışma masası, kapalı bisiklet parkı, bina ısıtma ayarı
      genel eğitim haftası, akşam temizlik saatleri, gelen posta odası, küçük ecza dolabı
      ortak duyuru panosu
      yıllık izin takvimi, toplu ekip fotoğrafı, ilk bütçe taslağı, alt depo rafları
      uzun projektör kablosu, iş güvenliği afişleri, misafir internet ağı, eski mobilya satışı
      cam su şişeleri, kitap değişim köşesi, sessiz çalışma odası, sabah servis otobüsü
      bahar memnuniyet anketi
      yeni masa lambaları, geri dönüşüm kutuları, kapı isim levhaları, salon ses düzeni
      hoş geldin mektubu, alt kat çayhanesi, merdiven ışık düğmeleri, taşınma karton kutuları
      yıl sonu raporu, doğum günü listesi, koro prova saatleri, bodrum arşiv odası
      kışlık yağmurluk dolabı
      """),
    "ar": RemarkPhrases(
      "انظر أيضا: ", " و", ".",
      """
      جدول دوام الشتاء, بطاقات موقف السيارات, قاعة الاجتماعات الكبيرة, آلة القهوة القديمة
      تدريب إخلاء المبنى, ورق الطابعة الملون, سجل زيارات اليوم, مقاعد الحديقة الخلفية
      مواعيد التسليم الأسبوعية, حفل بداية الصيف, صندوق المظلات المفقودة
      رعاية نباتات المكتب, قائمة الكراسي الاحتياطية
      دليل الهاتف المختصر, نماذج طلب السفر, قائمة طعام الغداء, رفوف الملفات الفارغة
      قياس ستائر النوافذ, مكتب استقبال المدخل, موقف الدراجات المغلق, ضبط تدفئة الطابق
      أسبوع التدريب العام, ساعات تنظيف المساء, غرفة البريد الوارد, خزانة الإسعاف الصغيرة
      لوحة الإعلانات المشتركة
      تقويم الإجازات السنوية, صورة الفريق الجماعية, مسودة الميزانية الأولى, رفوف المخزن السفلي
      سلك العرض الطويل, ملصقات سلامة العمل, شبكة إنترنت الضيوف, بيع الأثاث القديم
      زجاجات الماء الجديدة, ركن تبادل الكتب, غرفة العمل الهادئة, حافلة نقل الصباح
      استبيان رضا الربيع
      مصابيح المكاتب الجديدة, صناديق إعادة التدوير, لافتات أسماء الأبواب, نظام صوت القاعة
      رسالة ترحيب الموظفين, مطبخ الشاي السفلي, أضواء درج الطوارئ, صناديق نقل الأثاث
      تقرير نهاية السنة, قائمة أعياد الميلاد, مواعيد تدريب الجوقة, غرفة أرشيف القبو
      خزانة معاطف المطر
      """),
    "zh": RemarkPhrases(
      "另见：", "和", "。",
      """
      冬季值班安排, 停车位申请表, 大会议室预订, 旧咖啡机维修, 消防演习通知, 彩色打印用纸
      访客登记手册, 后院长椅油漆, 每周送货时间, 夏日聚餐准备, 雨伞失物箱子, 办公植物养护
      备用椅子清单
      部门电话目录, 出差报销表格, 食堂午餐菜单, 空文件夹货架, 窗帘尺寸测量, 前台接待轮换
      自行车棚修理, 楼层暖气调节, 新人培训日程, 晚间清洁时段, 收发室取件处, 急救药品柜子
      公共布告栏板
      年度休假日历, 团队合影照片, 预算草案初稿, 地下仓库货架, 投影仪连接线, 安全生产海报
      来宾上网说明, 旧家具处理单, 玻璃水瓶订购, 图书交换角落, 安静工作房间, 早班车时刻表
      春季满意调查
      新台灯领取处, 垃圾分类容器, 门牌更换进度, 礼堂音响设备, 欢迎信件模板, 一楼茶水间里
      楼梯照明开关, 搬家纸箱数量, 年终总结报告, 生日名单更新, 合唱团排练表, 档案室旧图纸
      雨衣存放柜子
      """),
    "ja": RemarkPhrases(
      "関連事項：", "と", "。",
      """
      冬の当番表の更新, 駐車場の利用申請, 大会議室の予約表, 古い給茶機の修理
      避難訓練のお知らせ, 印刷用紙の在庫数, 来客名簿の記入例, 裏庭の長椅子塗装
      毎週の配達時間帯, 夏の懇親会の準備, 傘の忘れ物の箱, 観葉植物の水やり, 予備の椅子の一覧
      内線番号の早見表, 出張届の書き方集, 昼食の献立の掲示, 空き書類棚の整理
      窓のブラインド寸法, 受付の交代の順番, 自転車置き場の鍵穴, 暖房の温度の設定
      新人研修の日程表, 夕方の清掃の時間, 郵便物の受取場所, 救急箱の中身確認, 共用掲示板の使い方
      休暇の年間の予定, 集合写真の撮影日, 予算案の最初の版, 地下倉庫の棚番号
      映写機の接続コード, 安全標語のポスター, 来客用の無線回線, 古い家具の引取り
      ガラス水差しの注文, 本の交換コーナー, 静かな作業の部屋, 朝の送迎バスの便
      春の満足度の調査
      机の照明の交換日, 分別ごみ箱の位置, 部屋の表札の変更, 講堂の音響の点検
      歓迎の手紙の見本, 一階の給湯室の棚, 階段の電灯の時間, 引越し用の段ボール
      年末の報告書の案, 誕生日の人の一覧, 合唱の練習の曜日, 書庫の図面の閲覧
      雨具の置き場の棚
      """),
  ]
}
