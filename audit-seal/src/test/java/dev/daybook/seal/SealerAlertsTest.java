package dev.daybook.seal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

class SealerAlertsTest {

    private static final Pattern FIGURE = Pattern.compile("dev_daybook_sealer_([a-z]+)");

    @Test
    void everyAlertAsksForAFigureOfTheSealer() throws IOException {
        String rules = Files.readString(Path.of("..", "docs", "monitoring", "sealer-alerts.yaml"));
        Set<String> asked =
                FIGURE.matcher(rules)
                        .results()
                        .map(found -> found.group(1))
                        .collect(Collectors.toSet());
        Set<String> figures =
                Arrays.stream(SealerStatisticsMXBean.class.getMethods())
                        .map(Method::getName)
                        .map(name -> name.substring("get".length()).toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());

        assertThat(asked).isNotEmpty();
        assertThat(figures).containsAll(asked);
    }
}
