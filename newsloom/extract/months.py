"""The names of months as news pages write them, in the languages of the catalogues."""

from __future__ import annotations

_NAMES = (
    """jan january januar janvier enero gennaio januari janeiro stycznia styczeń января январь січня ocak ledna leden
    tammikuuta ianuarie januára január ιανουαρίου يناير जनवरी jänner gener siječnja januára janúar""",
    """feb february februar février fevrier febrero febbraio februari fevereiro lutego luty февраля февраль лютого şubat
    února únor helmikuuta februarie február φεβρουαρίου فبراير फरवरी feber febrer veljače febrúar""",
    """mar march märz mars marzo maart março marca marzec марта март березня mart března březen maaliskuuta martie
    március μαρτίου مارس मार्च maret març ožujka marts mrz""",
    """apr april avril abril aprile kwietnia kwiecień апреля апрель квітня nisan dubna duben huhtikuuta aprilie április
    απριλίου أبريل ابريل अप्रैल travnja avr apríl""",
    """may mai mayo maggio maj mei maio maja мая май травня mayıs května květen toukokuuta május μαΐου مايو मई maig
    svibnja maí""",
    """jun june juni juin junio giugno junho czerwca czerwiec июня июнь червня haziran června červen kesäkuuta iunie
    június ιουνίου يونيو जून juny lipnja júní""",
    """jul july juli juillet julio luglio julho lipca lipiec июля июль липня temmuz července červenec heinäkuuta iulie
    július ιουλίου يوليو जुलाई juliol srpnja júlí juil""",
    """aug august août aout agosto augusti augustus sierpnia sierpień августа август серпня ağustos srpna srpen elokuuta
    augusztus αυγούστου أغسطس अगस्त agustus agost kolovoza ágúst""",
    """sep sept september septembre septiembre settembre setembro września wrzesień сентября сентябрь вересня eylül září
    syyskuuta septembrie szeptember σεπτεμβρίου سبتمبر सितंबर setembre rujna""",
    """oct october okt oktober octobre octubre ottobre outubro października październik октября октябрь жовтня ekim
    října říjen lokakuuta octombrie október οκτωβρίου أكتوبر اكتوبر अक्टूबर listopad""",
    """nov november novembre noviembre novembro listopada ноября ноябрь листопада kasım listopadu marraskuuta noiembrie
    νοεμβρίου نوفمبر नवंबर studenoga nóvember nopember""",
    """dec december dez dezember décembre decembre diciembre dicembre dezembro grudnia grudzień декабря декабрь грудня
    aralık prosince prosinec joulukuuta decembrie δεκεμβρίου ديسمبر दिसंबर desember desembre prosinca déc""",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
