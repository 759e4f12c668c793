package dev.daybook.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;

import dev.daybook.contract.ChangeOperation;
import dev.daybook.contract.Operation;
import dev.daybook.contract.RecordHeader;
import dev.daybook.contract.RecordMember;
import dev.daybook.contract.Topic;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Finds words of the contract that another module writes out: a topic, header, member or operation
 * stands in {@code audit-contract}, and the others name its constant.
 *
 * <p>SQL is left alone, since a statement is read as a whole and is tested against the database,
 * and so are tests, which hold the words as they are on disk.
 */
class ContractWordsTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /**
     * Packages with names of their own (REST's, a page's, SQL's), as paths below {@code
     * dev/daybook}.
     */
    private static final List<String> OTHER_LANGUAGES =
            List.of(
                    "api/rest",
                    "api/view",
                    "api/query",
                    "api/jdbc",
                    "ingest/jdbc",
                    "bench/codec",
                    "evidence",
                    "verifier",
                    "pack");

    /** Words that mean something else where they stand: file, then words. */
    private static final Map<String, Set<String>> OTHER_MEANINGS =
            Map.ofEntries(
                    // Members of DMS's table mappings, and a column of its own tables.
                    Map.entry("DmsTables.java", Set.of("table_name")),
                    Map.entry("TableMappings.java", Set.of("schema-name", "table-name")),
                    Map.entry("DmsExamination.java", Set.of("schema-name", "table-name")),
                    Map.entry("DmsTask.java", Set.of("schema-name", "table-name")),
                    // Kafka's cleanup policy.
                    Map.entry("Topics.java", Set.of("delete")),
                    Map.entry("TopicExamination.java", Set.of("delete")),
                    // A setting's key.
                    Map.entry("SettingsReader.java", Set.of("tables")),
                    Map.entry("WalSourceConfig.java", Set.of("tables")),
                    Map.entry("IngestProperties.java", Set.of("replay")),
                    // A member of the command's own JSON.
                    Map.entry("EvidenceCommand.java", Set.of("entries")),
                    // A command, and REST's names.
                    Map.entry(
                            "RejectedCommand.java",
                            Set.of("rejected", "rejected_at", "replay", "entry_id")),
                    // A metric's label.
                    Map.entry("Outcome.java", Set.of("heartbeat", "rejected")),
                    // A change's own position, in a sentence.
                    Map.entry("EntryMaker.java", Set.of("position")),
                    // A member of Debezium's source block.
                    Map.entry("Envelope.java", Set.of("snapshot")),
                    // An alarm's name.
                    Map.entry("AlarmCatalog.java", Set.of("rejected")),
                    // REST's names.
                    Map.entry("EntryText.java", Set.of("committed_at", "source_committed_at")));

    @Test
    void noModuleWritesAWordOfTheContractOut() throws IOException {
        Set<String> words = words();
        assertThat(words).contains("daybook.key", "committed_at", "before-image", "truncate");

        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            literals(
                    source,
                    (line, text) -> {
                        for (String word : words) {
                            if (holds(text, word)
                                    && !OTHER_MEANINGS
                                            .getOrDefault(source.getFileName().toString(), Set.of())
                                            .contains(word)) {
                                found.add(ROOT.relativize(source) + ":" + line + ": " + word);
                            }
                        }
                    });
        }

        assertThat(found)
                .as("words that belong to audit-contract; name its constant instead")
                .isEmpty();
    }

    @Test
    void knowsAWordFromALongerOne() {
        assertThat(holds("truncate", "truncate")).isTrue();
        assertThat(holds(",\"committed_at\":", "committed_at")).isTrue();
        assertThat(holds("select committed_at from audit.entry", "committed_at")).isFalse();
        assertThat(holds("committed_at_last", "committed_at")).isFalse();
    }

    /** A word stands alone, or as a JSON string within a fragment of JSON. */
    private static boolean holds(String text, String word) {
        return text.equals(word) || text.contains('"' + word + '"');
    }

    private static Set<String> words() {
        Set<String> words = new TreeSet<>();
        constants(RecordHeader.class, words);
        for (Class<?> members : RecordMember.class.getClasses()) {
            Set<String> all = new TreeSet<>();
            constants(members, all);
            // A member of one plain word, such as id, is a word of the language as well.
            all.stream()
                    .filter(word -> word.indexOf('_') >= 0 || word.indexOf('-') >= 0)
                    .forEach(words::add);
        }
        Arrays.stream(Topic.values()).map(Topic::defaultName).forEach(words::add);
        words.add(Topic.CHANGES_PREFIX);
        Arrays.stream(Operation.values()).map(Operation::word).forEach(words::add);
        Arrays.stream(ChangeOperation.values()).map(ChangeOperation::word).forEach(words::add);
        return words;
    }

    private static void constants(Class<?> type, Set<String> into) {
        for (Field field : type.getFields()) {
            try {
                into.add((String) field.get(null));
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path module :
                    modules.filter(path -> path.getFileName().toString().startsWith("audit-"))
                            .filter(path -> !path.endsWith("audit-contract"))
                            .sorted()
                            .toList()) {
                Path main = module.resolve("src/main/java");
                if (Files.isDirectory(main)) {
                    try (Stream<Path> files = Files.walk(main)) {
                        files.filter(path -> path.toString().endsWith(".java"))
                                .filter(path -> !speaksAnotherLanguage(main, path))
                                .sorted()
                                .forEach(sources::add);
                    }
                }
            }
        }
        return sources;
    }

    private static boolean speaksAnotherLanguage(Path main, Path source) {
        Path folder = main.resolve("dev/daybook").relativize(source.getParent());
        return OTHER_LANGUAGES.stream().anyMatch(folder::startsWith);
    }

    private interface Literals {
        void take(long line, String text);
    }

    private static void literals(Path source, Literals literals) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    files.getJavaFileObjects(source));
            for (CompilationUnitTree unit : task.parse()) {
                new TreeScanner<Void, Void>() {
                    @Override
                    public Void visitLiteral(LiteralTree literal, Void nothing) {
                        if (literal.getValue() instanceof String text) {
                            long at =
                                    com.sun.source.util.Trees.instance(task)
                                            .getSourcePositions()
                                            .getStartPosition(unit, literal);
                            literals.take(unit.getLineMap().getLineNumber(at), text);
                        }
                        return null;
                    }
                }.scan(unit, null);
            }
        }
    }
}
