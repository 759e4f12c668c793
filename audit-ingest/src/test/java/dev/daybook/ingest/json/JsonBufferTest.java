package dev.daybook.ingest.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.Seeds;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;

class JsonBufferTest {

    private final JsonBuffer out = new JsonBuffer();

    @Test
    void writesTextThatReadsBack() {
        Seeds.forEach(
                3_000,
                random -> {
                    String text = Seeds.text(random, 200);

                    assertThat(
                                    JsonMapper.shared()
                                            .readValue(
                                                    out.clear().string(text).toBytes(),
                                                    String.class))
                            .isEqualTo(text);
                    assertThat(new String(out.clear().raw(text).toBytes(), StandardCharsets.UTF_8))
                            .isEqualTo(text);
                });
    }

    @Test
    void writesHalfASurrogatePairAsAnEscape() {
        assertThat(new String(out.clear().string("a\uD83Db").toBytes(), StandardCharsets.UTF_8))
                .isEqualTo("\"a\\ud83db\"");
    }

    @Test
    void writesNumbers() {
        Seeds.forEach(
                1_000,
                random -> {
                    long number = random.nextBoolean() ? random.nextLong() : random.nextInt(20);

                    assertThat(
                                    new String(
                                            out.clear().number(number).toBytes(),
                                            StandardCharsets.UTF_8))
                            .isEqualTo(Long.toString(number));
                });
        assertThat(
                        new String(
                                out.clear().number(0).hex(0xABC7, 3).toBytes(),
                                StandardCharsets.UTF_8))
                .isEqualTo("0bc7");
    }
}
