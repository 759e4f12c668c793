package dev.daybook.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page about the doctor has every code and every option, and no others. */
class DocumentationTest {

    @Test
    void everyCodeIsInThePageAndTheOtherWayRound() throws IOException {
        Set<String> documented = new TreeSet<>();
        boolean codes = false;
        for (String line : Files.readAllLines(Path.of("../docs/reference/doctor.md"))) {
            if (!line.startsWith("|")) {
                codes = false;
            } else if (line.startsWith("| code |")) {
                codes = true;
            } else if (codes && line.startsWith("| `")) {
                String code = line.substring(3, line.indexOf('`', 3));
                assertThat(documented.add(code)).as("%s is described once", code).isTrue();
                assertThat(line.substring(line.indexOf('|', 1) + 2))
                        .as("the severity of %s", code)
                        .matches("(error|warning|info).*");
            }
        }
        assertThat(documented).isEqualTo(Code.all());
    }

    @Test
    void everyOptionIsInThePageAndTheOtherWayRound() throws IOException {
        Set<String> documented = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("../docs/reference/doctor.md"))) {
            if (line.startsWith("| `--")) {
                documented.add(line.substring(3).split("[ `=]", 2)[0]);
            }
        }
        Set<String> options = new TreeSet<>(Set.of("--data-dir"));
        Matcher option =
                Pattern.compile("names = \"(--[a-z-]+)\"")
                        .matcher(
                                Files.readString(
                                        Path.of(
                                                "src/main/java/dev/daybook/local/cli/DoctorCommand.java")));
        while (option.find()) {
            options.add(option.group(1));
        }
        assertThat(documented).isEqualTo(options);
    }
}
