package dev.daybook.local.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.daybook.local.cli.Daybook;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Holds the guide to what it shows: its blocks, its scripts, and the names in both. */
class GuideTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path COMMANDS = ROOT.resolve("docs/guide/commands");
    private static final Path PROGRAM =
            ROOT.resolve("audit-infra-pulumi/src/main/java/dev/daybook/infra");

    private final Snippets snippets = new Snippets(ROOT);

    @TempDir private Path directory;

    @Test
    void everyBlockIsWhatItsSourceSays() throws IOException {
        List<String> problems = new ArrayList<>();
        for (Path page : snippets.pages()) {
            problems.addAll(snippets.problems(page));
        }
        assertThat(problems).isEmpty();
    }

    @Test
    void everyScriptIsShell() throws IOException, InterruptedException {
        boolean shellcheck = runs("shellcheck", "--version");
        for (Path script : scripts()) {
            assertThat(output("bash", "-n", script.toString())).as("bash -n " + script).isEmpty();
            if (shellcheck) {
                // Regions take variables from each other, and what a reader is to replace stands
                // for itself.
                assertThat(
                                output(
                                        "shellcheck",
                                        "--severity=warning",
                                        "--exclude=SC2034,SC2154,SC2317",
                                        script.toString()))
                        .as("shellcheck " + script)
                        .isEmpty();
            }
        }
    }

    /** What a command's arguments say, every user of the machine may read while it runs. */
    @Test
    void noCommandThatIsToBePastedHasAPasswordAmongItsArguments() throws IOException {
        Pattern inArguments =
                Pattern.compile(
                        "(psql|pgbench|pg_dump|daybook) [^#]*(\\$\\([^)]*_url|://[^\\s/@]*:[^\\s/@]+@)");
        List<Path> files = new ArrayList<>(snippets.pages());
        files.addAll(scripts());
        files.add(ROOT.resolve("README.md"));
        for (Path file : files) {
            assertThat(Files.readString(file).lines())
                    .as(file.toString())
                    .noneMatch(line -> inArguments.matcher(line).find());
        }
    }

    /**
     * An output that the program does not export would be found out by someone in the middle of a
     * step.
     */
    @Test
    void theOutputsThatCommandsAskForAreThePrograms() throws IOException {
        Set<String> exported =
                names(PROGRAM.resolve("Pipeline.java"), "context\\.export\\(\"(\\w+)\"");
        Set<String> asked = new TreeSet<>();
        for (Path script : scripts()) {
            asked.addAll(names(script, "pulumi stack output (\\w+)"));
        }
        assertThat(asked).isNotEmpty().isSubsetOf(exported);
        assertThat(names(ROOT.resolve("docs/guide/README.md"), "\\| `(\\w+)` \\| output"))
                .as("the outputs that docs/guide/README.md explains")
                .isEqualTo(exported);
    }

    @Test
    void theConfigurationKeysArePrograms() throws IOException {
        String settings = Files.readString(PROGRAM.resolve("settings/SettingsReader.java"));
        Set<String> named = new TreeSet<>();
        for (Path page : snippets.pages()) {
            named.addAll(names(page, "daybook:(\\w+)"));
        }
        for (Path script : scripts()) {
            named.addAll(names(script, "daybook:(\\w+)"));
        }
        // A tag's name, and not a key's.
        named.remove("stack");
        assertThat(named)
                .isNotEmpty()
                .allSatisfy(key -> assertThat(known(settings, key)).as(key).isTrue());
    }

    /** Database keys are made of a prefix and a name. */
    private static boolean known(String settings, String key) {
        return settings.contains("\"" + key + "\"")
                || Stream.of("source", "audit")
                        .anyMatch(
                                prefix ->
                                        key.startsWith(prefix)
                                                && settings.contains(
                                                        "prefix + \""
                                                                + key.substring(prefix.length())
                                                                + "\""));
    }

    /** The names that the commands build from the stack's are those that the program gives. */
    @Test
    void theNamesThatCommandsBuildAreThePrograms() throws IOException {
        String program;
        try (Stream<Path> files = Files.walk(PROGRAM)) {
            program =
                    files.filter(Files::isRegularFile)
                            .map(GuideTest::text)
                            .collect(Collectors.joining("\n"));
        }
        Set<String> used = new TreeSet<>();
        for (Path script : scripts()) {
            used.addAll(names(script, "\\$stack-([a-z]+)"));
        }
        assertThat(used)
                .isNotEmpty()
                .allSatisfy(
                        part ->
                                assertThat(
                                                program.contains("stack() + \"-" + part + "\"")
                                                        || program.contains("\"" + part + "\",\n"))
                                        .as("the part \"" + part + "\"")
                                        .isTrue());
    }

    /** Commands and options are those that the command line has. */
    @Test
    void theLauncherTakesTheCommandsThatAreShown() throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path script : scripts()) {
            for (String line : Files.readAllLines(script)) {
                int at = line.indexOf("./daybook ");
                if (at >= 0 && !line.startsWith("#")) {
                    lines.add(line.substring(at + "./daybook ".length()));
                }
            }
        }
        assertThat(lines).hasSizeGreaterThan(5);
        for (String line : lines) {
            String[] words = words(line);
            // The launcher hands this one to the benchmarks.
            if (!words[0].equals("bench")) {
                assertThatCode(() -> new CommandLine(Daybook.class).parseArgs(words))
                        .as("./daybook " + line)
                        .doesNotThrowAnyException();
            }
        }
    }

    @Test
    void theInspectorsPolicyIsJsonWithoutAWildcardAction() throws IOException {
        var policy =
                JsonMapper.shared()
                        .readTree(Files.readString(COMMANDS.resolve("inspector-policy.json")));
        assertThat(policy.get("Statement")).isNotEmpty();
        policy.get("Statement")
                .forEach(
                        statement ->
                                assertThat(statement.get("Action").toString()).doesNotContain("*"));
    }

    /** An alarm is looked up by its name. */
    @Test
    void theAlarmsThatAreExplainedArePrograms() throws IOException {
        String monitoring = Files.readString(PROGRAM.resolve("monitoring/AlarmCatalog.java"));
        String operations = Files.readString(ROOT.resolve("docs/operations.md"));
        String table = operations.substring(operations.indexOf("| alarm |"));
        Set<String> explained = new TreeSet<>();
        for (String row : table.substring(0, table.indexOf("\n\n")).split("\n", -1)) {
            Matcher alarm = Pattern.compile("`([a-z-]+)`").matcher(row.split("\\|", -1)[1]);
            while (alarm.find()) {
                explained.add(alarm.group(1));
            }
        }
        explained.removeAll(Set.of("ingest-running", "api-running"));
        assertThat(monitoring).contains("service + \"-running\"");
        assertThat(explained)
                .hasSizeGreaterThan(15)
                .allSatisfy(alarm -> assertThat(monitoring).contains("\"" + alarm + "\""));
    }

    /** A message that sends someone to a page. */
    @Test
    void thePagesThatProgramsNameAreThere() throws IOException {
        List<String> missing = new ArrayList<>();
        try (Stream<Path> files = Files.walk(ROOT.resolve("audit-infra-pulumi/src/main"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
                for (String page : names(file, "(docs/[\\w./-]+\\.md)")) {
                    if (!Files.exists(ROOT.resolve(page))) {
                        missing.add(file.getFileName() + " -> " + page);
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    /** A link to a page that is not there is worse than none. */
    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        Pattern link = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");
        for (Path page : snippets.pages()) {
            Matcher matcher = link.matcher(Files.readString(page));
            while (matcher.find()) {
                String target = matcher.group(1);
                if (!target.contains("://")
                        && !Files.exists(page.resolveSibling(target).normalize())) {
                    broken.add(ROOT.relativize(page) + " -> " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    // That the checks find what they are to find.

    @Test
    void aBlockThatDriftsIsFoundAndPutRight() throws IOException {
        source("a.sh", "x=1\n# snippet:begin r\n  echo new\n\n    echo more\n# snippet:end r\n");
        Path page = page("<!-- snippet: a.sh#r -->\n```sh\necho old\n```\nText.\n");
        Snippets here = new Snippets(directory);

        assertThat(here.problems(page))
                .singleElement()
                .asString()
                .contains("page.md:2")
                .contains("a.sh#r");
        assertThat(here.rewrite(page)).isTrue();
        assertThat(here.problems(page)).isEmpty();
        assertThat(page)
                .hasContent(
                        "<!-- snippet: a.sh#r -->\n```sh\necho new\n\n  echo more\n```\nText.\n");
        assertThat(here.rewrite(page)).isFalse();
    }

    @Test
    void aBlockWithoutAnOriginIsFound() throws IOException {
        assertThat(problems("```sh\nrm -rf /\n```\n")).contains("does not say where it comes from");
        assertThat(problems("<!-- illustration: short -->\n```\nx\n```\n"))
                .contains("needs a reason");
        assertThat(problems("<!-- output of: ls -->\n```\nx\n```\n")).contains("names its test");
        assertThat(problems("<!-- output of: ls; checked by No.java -->\n```\nx\n```\n"))
                .contains("There is no No.java");
        source("Silent.java", "class Silent {}\n");
        assertThat(problems("<!-- output of: ls; checked by Silent.java -->\n```\nx\n```\n"))
                .contains("does not name page.md");
    }

    @Test
    void aSourceThatIsNotThereOrNotClearIsFound() throws IOException {
        source("a.txt", "one\ntwo\ntwo\n");
        assertThat(problems("<!-- snippet: b.txt -->\n```\n```\n"))
                .contains("There is no file b.txt");
        assertThat(problems("<!-- snippet: ../a.txt -->\n```\n```\n")).contains("There is no file");
        assertThat(problems("<!-- snippet: a.txt#r -->\n```\n```\n")).contains("has no region r");
        assertThat(problems("<!-- snippet: a.txt from \"two\" to \"two\" -->\n```\n```\n"))
                .contains("2 lines with \"two\"");
        assertThat(problems("<!-- snippet: a.txt from \"one\" to \"six\" -->\n```\n```\n"))
                .contains("no \"six\" after \"one\"");
        Path page = page("<!-- snippet: a.txt from \"one\" to \"two\" -->\n```\none\ntwo\n```\n");
        assertThat(new Snippets(directory).problems(page)).isEmpty();
    }

    private String problems(String text) throws IOException {
        return String.join("\n", new Snippets(directory).problems(page(text)));
    }

    private Path page(String text) throws IOException {
        return Files.writeString(directory.resolve("page.md"), text);
    }

    private void source(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private static List<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(COMMANDS)) {
            return files.filter(file -> file.toString().endsWith(".sh")).sorted().toList();
        }
    }

    private static Set<String> names(Path file, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text(file));
        Set<String> names = new TreeSet<>();
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Splits as a shell would where there are no other quotes than whole words'. */
    private static String[] words(String line) {
        Matcher matcher = Pattern.compile("'([^']*)'|(\\S+)").matcher(line);
        List<String> words = new ArrayList<>();
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words.toArray(String[]::new);
    }

    private static boolean runs(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text =
                new String(
                        process.getInputStream().readAllBytes(),
                        java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0 ? "" : text + "ended with " + process.exitValue();
    }
}
