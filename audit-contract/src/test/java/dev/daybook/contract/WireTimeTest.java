package dev.daybook.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

class WireTimeTest {

    @Test
    void readsWhatTheJdkReads() {
        Seeds.forEach(
                5_000,
                random -> {
                    Instant instant =
                            Instant.ofEpochSecond(
                                    random.nextLong(
                                            -62_135_596_800L + 86_400, 253_402_300_799L - 86_400),
                                    random.nextInt(1_000_000_000));
                    OffsetDateTime time =
                            instant.atOffset(
                                    ZoneOffset.ofTotalSeconds((random.nextInt(36) - 18) * 1_800));
                    String text = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
                    if (text.charAt(16) != ':') {
                        return; // The JDK leaves zero seconds out; DMS does not.
                    }

                    assertThat(WireTime.parse(text))
                            .as(text)
                            .isEqualTo(instant.truncatedTo(ChronoUnit.MICROS));
                });
    }

    @Test
    void writesWhatItReads() {
        Seeds.forEach(
                2_000,
                random -> {
                    Instant instant =
                            Instant.ofEpochSecond(
                                            random.nextLong(-62_135_596_800L, 253_402_300_799L),
                                            random.nextInt(1_000_000_000))
                                    .truncatedTo(ChronoUnit.MICROS);

                    String text = WireTime.text(instant);

                    assertThat(text).hasSize(27).endsWith("Z");
                    assertThat(WireTime.parse(text)).isEqualTo(instant);
                });
    }

    @Test
    void readsEveryLengthOfFraction() {
        Instant noon = Instant.parse("2026-11-22T12:00:00Z");
        assertThat(WireTime.parse("2026-11-22T12:00:00Z")).isEqualTo(noon);
        assertThat(WireTime.parse("2026-11-22T12:00:00.1Z")).isEqualTo(noon.plusMillis(100));
        assertThat(WireTime.parse("2026-11-22 12:00:00.123456789+00"))
                .isEqualTo(noon.plusNanos(123_456_000));
        assertThat(WireTime.parse("2024-02-29T23:59:60Z"))
                .isEqualTo(Instant.parse("2024-02-29T23:59:59Z"));
    }

    @Test
    void readsOffsetsInEveryForm() {
        Instant noon = Instant.parse("2026-11-22T12:00:00Z");
        assertThat(WireTime.parse("2026-11-22T14:00:00+02")).isEqualTo(noon);
        assertThat(WireTime.parse("2026-11-22T17:30:00+0530")).isEqualTo(noon);
        assertThat(WireTime.parse("2026-11-22T08:15:00-03:45")).isEqualTo(noon);
        assertThat(WireTime.parse("2026-11-22T12:00:00+00:60")).isNull();
        assertThat(WireTime.parse("2026-11-22T12:00:00+19:00")).isNull();
        assertThat(WireTime.parse("2026-11-22T12:00:00+0a:00")).isNull();
    }

    @Test
    void knowsTheLengthOfEveryMonth() {
        for (int month = 1; month <= 12; month++) {
            for (int year : new int[] {1900, 2000, 2023, 2024}) {
                int last = java.time.YearMonth.of(year, month).lengthOfMonth();
                String prefix = String.format("%04d-%02d-", year, month);
                assertThat(WireTime.parse(prefix + last + "T00:00:00Z")).isNotNull();
                assertThat(WireTime.parse(prefix + (last + 1) + "T00:00:00Z")).isNull();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "yesterday",
                "2026-11-22",
                "2026-11-22T12:00:00",
                "2026-11-22T12:00:00.Z",
                "2026-11-22T12:00:00.1234567890Z",
                "2026-13-22T12:00:00Z",
                "2026-02-29T12:00:00Z",
                "2026-11-22T24:00:00Z",
                "2026-11-22T12:60:00Z",
                "0000-11-22T12:00:00Z",
                "2026-11-22T12:00:00Z ",
                "2026-11-22T12:00:00+2",
                "2026-11-22T12:00:00+25:00",
                "9999-12-31 23:59:59 BC"
            })
    void refusesWhatIsNoInstant(String text) {
        assertThat(WireTime.parse(text)).isNull();
    }

    @Test
    void aTimeWhoseOffsetLeavesTheYearsThatCanBeWrittenIsNone() {
        assertThat(WireTime.parse("9999-12-31T23:59:59-18:00")).isNull();
        assertThat(WireTime.parse("0001-01-01T00:00:00+18:00")).isNull();
        assertThat(WireTime.parse("9999-12-31T23:59:59Z")).isNotNull();
        assertThat(WireTime.parse("0001-01-01T00:00:00Z")).isNotNull();
    }
}
