"""Deadlines worked out by hand from the articles, each with the words that decide it; the calendar is that of 2026."""

from dataclasses import dataclass, field

import pytest
from tests.daemon.law.support import CALENDAR, at

from custodyd.law import Extension, Length, Pause, before, deadline, evaluate
from custodyd.law.limit import Reason
from custodyd.settings.lawbook import shipped

LIMITS = shipped().limits
CUSTODY = "investigation-custody-2mo"
NOTICE = "custody-extension-application-7d-before"


@dataclass(frozen=True)
class Case:
    """A period; `extended` = (total, approver, decided), `paused` = (from, to, reason)."""

    limit: str
    start: str
    due: str
    article: str
    alarm: str = ""
    held: bool | None = False
    extended: tuple[tuple[str, str, str], ...] = ()
    paused: tuple[tuple[str, str, Reason], ...] = field(default=())


CASES = (
    # CR 200: 传唤持续的时间不得超过十二小时
    Case("crim-summons-12h", "2026-02-16 20:05", "2026-02-17 08:05", "CR 200"),
    # CR 200: 案情特别重大、复杂，需要采取拘留、逮捕措施的，经办案部门负责人批准，不得超过二十四小时
    Case("crim-summons-12h", "2026-03-03 09:20", "2026-03-04 09:20", "CR 200",
         extended=(("24h", "case-unit-head", "2026-03-03 20:00"),)),
    # CR 200 again: approved at the thirteenth hour, when 传唤期限届满
    Case("crim-summons-12h", "2026-03-03 09:20", "2026-03-03 21:20", "CR 200",
         extended=(("24h", "case-unit-head", "2026-03-03 22:00"),)),
    # CR 80: 拘传…经县级以上公安机关负责人批准; the head of the case unit is not enough
    Case("crim-compelled-appearance-12h", "2026-03-03 09:20", "2026-03-03 21:20", "CR 80",
         extended=(("24h", "case-unit-head", "2026-03-03 20:00"),)),
    # CQ 11, 17: 值班负责人 to twenty-four hours, 主管负责人 from there to forty-eight
    Case("continued-questioning-12h", "2026-04-04 22:00", "2026-04-06 22:00", "CQ 11, 17",
         extended=(("24h", "county-psb-duty-head", "2026-04-05 08:00"),
                   ("48h", "county-psb-head", "2026-04-05 20:00"))),
    # CQ 17: 不得决定将继续盘问时限直接从十二小时延长至四十八小时
    Case("continued-questioning-12h", "2026-04-04 22:00", "2026-04-05 10:00", "CQ 17",
         extended=(("48h", "county-psb-head", "2026-04-05 08:00"),)),
    # CQ 10: 必须在带至公安机关之时起的四小时以内盘问完毕
    Case("continued-questioning-vulnerable-4h", "2026-07-01 20:30", "2026-07-02 00:30", "CQ 10"),
    # AR 58: 约束时间不计算在询问查证时间内
    Case("admin-inquiry-8h", "2026-05-01 22:00", "2026-05-02 09:15", "AR 58",
         paused=(("2026-05-01 22:10", "2026-05-02 01:25", "sobering-restraint"),)),
    # CR 129: 应当在拘留后的三日以内; CPL 105: 开始的日不算; a holiday never extends custody
    Case("arrest-request-3d", "2026-02-14 23:50", "2026-02-17 24:00", "CR 129", held=True),
    # CR 129: 可以延长一日至四日; two days were granted
    Case("arrest-request-3d", "2026-02-14 23:50", "2026-02-19 24:00", "CR 129", held=True,
         extended=(("5d", "county-psb-head", "2026-02-16 10:00"),)),
    # CR 129: 流窜作案、多次作案、结伙作案…可以延长至三十日: January has one day left, February 28
    Case("arrest-request-3d", "2026-01-31 08:00", "2026-03-02 24:00", "CR 129", held=True,
         extended=(("30d", "county-psb-head", "2026-02-02 10:00"),)),
    # CR 148: 侦查羁押期限不得超过二个月; SPC21 202: from the last day of February to the last day of April
    Case(CUSTODY, "2026-02-28 10:00", "2026-04-30 24:00", "CR 148", alarm="2026-04-27 24:00", held=True),
    # CR 148: 上一级人民检察院批准延长一个月; no 31 June
    Case(CUSTODY, "2026-03-31 10:00", "2026-06-30 24:00", "CR 148", alarm="2026-06-29 24:00", held=True,
         extended=(("3mo", "next-higher-procuratorate", "2026-05-20 10:00"),)),
    # CR 149: 省、自治区、直辖市人民检察院批准，延长二个月; 2 + 1 + 2 from the arrest
    Case(CUSTODY, "2026-01-15 10:00", "2026-06-15 24:00", "CR 149", alarm="2026-06-14 24:00", held=True,
         extended=(("3mo", "next-higher-procuratorate", "2026-03-01"),
                   ("5mo", "provincial-procuratorate", "2026-04-01"))),
    # CR 257: 作精神病鉴定的时间不计入办案期限: twenty days
    Case(CUSTODY, "2026-03-10 10:00", "2026-05-30 24:00", "CR 257", alarm="2026-05-29 24:00", held=True,
         paused=(("2026-03-20", "2026-04-09", "psychiatric-appraisal"),)),
    # CR 257: 其他鉴定时间都应当计入办案期限
    Case(CUSTODY, "2026-03-10 10:00", "2026-05-10 24:00", "CR 257", alarm="2026-05-09 24:00", held=True,
         paused=(("2026-03-20", "2026-04-09", "appraisal"),)),
    # CR 178: 在三日以内送达控告人; 25 September 2026 is the Mid-Autumn Festival, to Sunday
    Case("no-filing-notice-3d", "2026-09-22 10:00", "2026-09-28 24:00", "CR 178"),
    # CR 182: 在收到通知书后七日以内; 5 May is the last day of the holiday
    Case("procuratorate-explain-7d", "2026-04-28 10:00", "2026-05-06 24:00", "CR 182"),
    # CR 182: 在收到通知书后十五日以内立案; a Sunday
    Case("procuratorate-file-order-15d", "2026-05-09 10:00", "2026-05-25 24:00", "CR 182"),
    # CR 141: 在收到不批准逮捕决定书后五日以内; 20 June lies in the Dragon Boat holiday
    Case("arrest-refusal-reconsideration-5d", "2026-06-15 10:00", "2026-06-22 24:00", "CR 141"),
    # CR 295: 在一个月以内补充侦查完毕; nobody is held: it moves behind National Day
    Case("supplementary-investigation-1mo", "2026-09-04 10:00", "2026-10-08 24:00", "CR 295", alarm="2026-10-03 24:00"),
    # CPL 105: the same with a person held
    Case("supplementary-investigation-1mo", "2026-09-04 10:00", "2026-10-04 24:00", "CPL 105", alarm="2026-10-03 24:00",
         held=True),
    # CR 107: 取保候审最长不得超过十二个月; from a leap day
    Case("bail-12mo", "2024-02-29 10:00", "2025-02-28 24:00", "CR 107", alarm="2025-02-27 24:00"),
    # CR 243: 期限为六个月。每次续冻期限最长不得超过六个月; CR 240: 在冻结期限届满前
    Case("freeze-6mo", "2026-01-31 10:00", "2027-01-31 24:00", "CR 243", alarm="2027-01-30 24:00",
         extended=(("12mo", "county-psb-head", "2026-07-20"),)),
    # CR 240: 逾期不办理继续冻结手续的，视为自动解除冻结
    Case("freeze-6mo", "2026-01-31 10:00", "2026-07-31 24:00", "CR 240", alarm="2026-07-30 24:00",
         extended=(("12mo", "county-psb-head", "2026-08-03"),)),
    # CR 244: 证券的期限为二年; from the last day of February to the last day of February
    Case("freeze-securities-2y", "2026-02-28 10:00", "2028-02-29 24:00", "CR 244", alarm="2028-02-27 24:00"),
    # AR 21: 收到申请之日起二日内; Saturday 9 May 2026 is a make-up workday and stops the roll
    Case("recusal-decision-2d", "2026-05-07 10:00", "2026-05-09 24:00", "AR 21"),
    # AR 35, 97: 收到鉴定意见之日起五日内; the fifth day opens the Spring Festival
    Case("appraisal-opinion-service-5d", "2026-02-10 10:00", "2026-02-24 24:00", "AR 97"),
    # AR 183: 第一次调解后的七个工作日内; Sunday 20 September works, 25 to 27 do not
    Case("mediation-second-7wd", "2026-09-17 10:00", "2026-09-28 24:00", "AR 183"),
    # AR 112: 期限为三十日; 鉴定期间不计入: seven days
    Case("admin-seizure-30d", "2026-03-02 10:00", "2026-04-08 24:00", "AR 112",
         paused=(("2026-03-10", "2026-03-17", "appraisal"),)),
    # AR 112: 经县级以上公安机关负责人批准，可以延长三十日; the law rolls, the alarm does not
    Case("admin-seizure-30d", "2026-03-02 10:00", "2026-05-06 24:00", "AR 112", alarm="2026-05-01 24:00",
         extended=(("60d", "county-psb-head", "2026-03-25"),)),
    # AR 223: 收到…申请之时起二十四小时内
    Case("detention-suspension-decision-24h", "2026-10-01 09:15", "2026-10-02 09:15", "AR 223"),
    # AR 190: 依法提取涉案财物后的二十四小时内; into a year whose holidays nobody knows
    Case("property-handover-24h", "2026-12-31 18:40", "2027-01-01 18:40", "AR 190"),
    # AR 214: 自收到行政处罚决定书之日起十五日内
    Case("fine-payment-15d", "2026-04-20 10:00", "2026-05-06 24:00", "AR 214"),
    # PSAPL 118: thirty, sixty, ninety days from the filing; the ninetieth is the Qingming Festival
    Case("public-order-case-30d", "2026-01-05 10:00", "2026-04-07 24:00", "PSAPL 118",
         extended=(("60d", "owning-psb", "2026-01-30"), ("90d", "next-higher-psb", "2026-03-02"))),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{case.article}: {case.limit} {case.start}" for case in CASES])
def test_a_deadline_comes_out_as_the_article_says(case: Case) -> None:
    found = deadline(
        LIMITS[case.limit],
        at(case.start),
        calendar=CALENDAR,
        extensions=[Extension(Length.parse(total), who, "文书1号", at(when)) for total, who, when in case.extended],
        pauses=[Pause(at(begin), at(end), reason, "文书2号") for begin, end, reason in case.paused],
        held=case.held,
    )
    assert found.due == at(case.due)
    assert found.alarm == at(case.alarm or case.due)
    assert evaluate(found.lines) == (found.due, found.alarm)


# CR 148: 在期限届满七日前; PR19 615: 七日前; BR22 26: 十五日前; from the earlier reading of the expiry
@pytest.mark.parametrize(
    ("limit", "of", "start", "due"),
    [
        (
            "custody-extension-application-7d-before",
            CUSTODY,
            "2026-03-10 10:00",
            "2026-05-02 24:00",
        ),
        ("jail-expiry-notice-7d", CUSTODY, "2026-12-31 10:00", "2027-02-20 24:00"),
        ("bail-expiry-notice-15d", "bail-12mo", "2026-03-15 09:00", "2027-02-27 24:00"),
    ],
)
def test_a_notice_before_an_expiry_comes_out_as_the_article_says(limit: str, of: str, start: str, due: str) -> None:
    expiry = deadline(LIMITS[of], at(start), calendar=CALENDAR)
    assert before(LIMITS[limit], expiry).due == at(due)
