package dev.daybook.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The estimate of what the example stacks cost, and that docs/guide/README.md shows it. */
class CostsTest {

    private static final Path ROOT = Path.of("..");

    @Test
    void thePageShowsTheEstimate() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/guide/README.md"));

        assertThat(new Costs(ROOT).into(page))
                .as("docs/guide/README.md differs from its arithmetic: run bin/snippets")
                .isEqualTo(page);
    }

    @Test
    void aLineIsItsCountTimesItsPrice() throws IOException {
        Costs costs = new Costs(ROOT);
        List<Costs.Item> dev = costs.items(costs.stacks().getFirst());

        assertThat(dev)
                .filteredOn(item -> item.what().equals("brokers' storage"))
                .singleElement()
                .satisfies(
                        item -> {
                            assertThat(item.arithmetic()).isEqualTo("150 GB");
                            assertThat(item.dollars()).isEqualTo(150 * 0.119, within(1e-9));
                        });
        assertThat(Costs.total(dev)).isEqualTo(dev.stream().mapToDouble(Costs.Item::dollars).sum());
    }

    @Test
    void aCheaperChoiceIsCheaper() throws IOException {
        Costs costs = new Costs(ROOT);

        assertThat(costs.allChoices())
                .allSatisfy(
                        choice ->
                                assertThat(costs.saved(choice))
                                        .as("%s", choice.settings())
                                        .isPositive());
    }

    /**
     * A class that an example stack names must have a price; a mistyped key would be one without.
     */
    @Test
    void bothStacksHaveAllTheirPrices() throws IOException {
        Costs costs = new Costs(ROOT);

        costs.stacks()
                .forEach(
                        stack ->
                                assertThat(costs.items(stack))
                                        .allSatisfy(
                                                item ->
                                                        assertThat(item.dollars())
                                                                .as(item.what())
                                                                .isNotNegative()));
    }
}
