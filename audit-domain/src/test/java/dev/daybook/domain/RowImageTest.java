package dev.daybook.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.daybook.contract.Seeds;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.Map;

class RowImageTest {

    @Test
    void answersAsAMapWouldWhateverItsWidth() {
        Seeds.forEach(
                300,
                random -> {
                    Map<String, String> map = new LinkedHashMap<>();
                    int width = random.nextInt(60);
                    for (int i = 0; i < width; i++) {
                        map.put("c" + random.nextInt(80), Integer.toString(i));
                    }
                    RowImage image = RowImage.of(map);

                    assertThat(image.tokens()).containsExactlyEntriesOf(map);
                    assertThat(image.size()).isEqualTo(map.size());
                    for (int i = 0; i < 80; i++) {
                        assertThat(image.token("c" + i)).isEqualTo(map.get("c" + i));
                        assertThat(image.knows("c" + i)).isEqualTo(map.containsKey("c" + i));
                    }
                });
    }

    @Test
    void theOrderOfColumnsDoesNotMatter() {
        RowImage one = new RowImage.Builder().add("a", "1").add("b", "2").build();
        RowImage other = new RowImage.Builder().add("b", "2").add("a", "1").build();

        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other);
    }

    @Test
    void unknownIsNotNull() {
        RowImage image = RowImage.of(Map.of("a", "null"));

        assertThat(image.knows("a")).isTrue();
        assertThat(image.knows("b")).isFalse();
        assertThat(image).isNotEqualTo(RowImage.empty());
    }

    @Test
    void aColumnIsThereOnce() {
        for (int width : new int[] {2, 40}) {
            RowImage.Builder builder = new RowImage.Builder();
            for (int i = 0; i < width; i++) {
                builder.add("c" + i, "1");
            }
            builder.add("c1", "1");

            assertThatIllegalArgumentException()
                    .isThrownBy(builder::build)
                    .withMessageContaining("c1");
        }
    }

    @Test
    void aBuilderIsEmptyOnceItHasBuilt() {
        RowImage.Builder builder = new RowImage.Builder();
        assertThat(builder.add("a", "1").build()).isEqualTo(RowImage.of(Map.of("a", "1")));
        assertThat(builder.add("a", "2").build()).isEqualTo(RowImage.of(Map.of("a", "2")));

        builder.add("a", "1").add("a", "1");
        assertThatIllegalArgumentException().isThrownBy(builder::build);
        assertThat(builder.build()).isEqualTo(RowImage.empty());
    }

    @Test
    void theFirstColumnThatIsThereTwiceIsNamedAtAnyWidth() {
        for (int width : new int[] {2, 3, 15, 16, 17, 31, 32, 33, 64}) {
            RowImage.Builder builder = new RowImage.Builder();
            for (int i = 0; i < width; i++) {
                builder.add("c" + i, "1");
                assertThat(builder.firstDuplicate()).isNull();
            }
            builder.add("c" + (width - 1), "1");
            assertThat(builder.firstDuplicate()).isEqualTo("c" + (width - 1));
        }
    }
}
