package dev.daybook.local.doctor;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A DMS task as AWS shows it: its settings, its table mappings, and how it is.
 *
 * <p>Settings come as the settings document itself, or within the output of {@code aws dms
 * describe-replication-tasks} or {@code describe-replication-configs}, where they are a string of
 * JSON text.
 */
public final class DmsTask {

    /** What DMS takes for the longest value where nothing is said. */
    static final long DEFAULT_LOB_KILOBYTES = 32;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String name;
    private final @Nullable JsonNode description;
    private final @Nullable JsonNode settings;
    private final @Nullable JsonNode mappings;

    private DmsTask(
            String name,
            @Nullable JsonNode description,
            @Nullable JsonNode settings,
            @Nullable JsonNode mappings) {
        this.name = name;
        this.description = description;
        this.settings = settings;
        this.mappings = mappings;
    }

    /**
     * Reads what files there are.
     *
     * @param settingsFile settings, or a description with settings; null if there is none
     * @param mappingsFile mappings, or a description with mappings; null if there is none
     * @throws InvalidInputException if one is not what it should be
     */
    public static DmsTask read(@Nullable Path settingsFile, @Nullable Path mappingsFile) {
        String name = "";
        JsonNode description = null;
        JsonNode settings = null;
        JsonNode mappings = null;
        if (settingsFile != null) {
            name = settingsFile.toString();
            JsonNode document = parse(settingsFile);
            description = description(document, settingsFile);
            settings =
                    description == null
                            ? document
                            : embedded(
                                    description,
                                    settingsFile,
                                    "ReplicationTaskSettings",
                                    "ReplicationSettings");
            if (settings == null || !looksLikeSettings(settings)) {
                throw new InvalidInputException(
                        "The file " + settingsFile + " holds no settings of a DMS task.",
                        "Export them: aws dms describe-replication-tasks --filters"
                                + " Name=replication-task-id,Values=TASK > FILE.");
            }
            if (description != null) {
                mappings = embedded(description, settingsFile, "TableMappings");
                name =
                        description
                                .path("ReplicationTaskIdentifier")
                                .asString(
                                        description
                                                .path("ReplicationConfigIdentifier")
                                                .asString(name));
            }
        }
        if (mappingsFile != null) {
            name = name.isEmpty() ? mappingsFile.toString() : name;
            JsonNode document = parse(mappingsFile);
            JsonNode described = description(document, mappingsFile);
            mappings =
                    described == null
                            ? document
                            : embedded(described, mappingsFile, "TableMappings");
            if (mappings == null || !mappings.path("rules").isArray()) {
                throw new InvalidInputException(
                        "The file " + mappingsFile + " holds no table mappings of a DMS task.",
                        "It is a JSON object with an array \"rules\".");
            }
        }
        return new DmsTask(name, description, settings, mappings);
    }

    private static JsonNode parse(Path file) {
        try {
            return JSON.readTree(Files.readString(file));
        } catch (JacksonException e) {
            throw new InvalidInputException(
                    "The file " + file + " is not JSON: " + e.getOriginalMessage() + ".",
                    "Export it again, with --output json.");
        } catch (IOException e) {
            throw new InvalidInputException(
                    "The file " + file + " cannot be read: " + e.getMessage() + ".",
                    "Check its name.");
        }
    }

    /** Returns the one task that a file describes, or null if it is no description. */
    private static @Nullable JsonNode description(JsonNode document, Path file) {
        for (String list : List.of("ReplicationTasks", "ReplicationConfigs")) {
            JsonNode tasks = document.path(list);
            if (tasks.isArray()) {
                if (tasks.size() != 1) {
                    throw new InvalidInputException(
                            "The file " + file + " describes " + tasks.size() + " tasks, not one.",
                            "Name the task with --filters Name=replication-task-id,Values=TASK.");
                }
                return tasks.get(0);
            }
        }
        return document.has("ReplicationTaskSettings") || document.has("ReplicationSettings")
                ? document
                : null;
    }

    private static @Nullable JsonNode embedded(JsonNode description, Path file, String... names) {
        for (String name : names) {
            JsonNode member = description.path(name);
            if (member.isObject()) {
                return member;
            }
            if (member.isString()) {
                try {
                    return JSON.readTree(member.asString());
                } catch (JacksonException e) {
                    throw new InvalidInputException(
                            "In the file " + file + " the string " + name + " is not JSON.",
                            "Export it again, and change nothing in it.");
                }
            }
        }
        return null;
    }

    private static boolean looksLikeSettings(JsonNode document) {
        return document.isObject()
                && (document.has("TargetMetadata")
                        || document.has("ErrorBehavior")
                        || document.has("FullLoadSettings")
                        || document.has("BeforeImageSettings"));
    }

    /** By which it is known, or the file's name. */
    public String name() {
        return name;
    }

    /** What AWS says of the task beside its settings, or null. */
    @Nullable JsonNode description() {
        return description;
    }

    @Nullable JsonNode settings() {
        return settings;
    }

    /** The value of a setting {@code Section.Name} as text, or null if it is not set. */
    @Nullable String setting(String path) {
        if (settings == null) {
            return null;
        }
        JsonNode node = settings;
        for (String part : path.split("\\.", -1)) {
            node = node.path(part);
        }
        return node.isValueNode() && !node.isNull() ? node.asString() : null;
    }

    /** Returns the longest large object that is carried whole, in kB. */
    long lobKilobytes() {
        String size = setting("TargetMetadata.LobMaxSize");
        return size != null && size.matches("\\d{1,9}")
                ? Long.parseLong(size)
                : DEFAULT_LOB_KILOBYTES;
    }

    /** The rules of the mappings; null if there are no mappings. */
    @Nullable List<JsonNode> rules() {
        if (mappings == null) {
            return null;
        }
        List<JsonNode> rules = new ArrayList<>();
        mappings.path("rules").forEach(rules::add);
        return rules;
    }

    /** Returns whether the task captures a table; true where no mappings are known. */
    boolean includes(SourceTable table) {
        return includes(table.schema(), table.name());
    }

    boolean includes(String schema, String table) {
        List<JsonNode> rules = rules();
        if (rules == null) {
            return true;
        }
        boolean included = false;
        for (JsonNode rule : rules) {
            if (isSelection(rule) && matches(rule, schema, table)) {
                switch (action(rule)) {
                    case "include", "explicit" -> included = true;
                    case "exclude" -> {
                        // Whatever else includes it.
                        return false;
                    }
                    default -> {}
                }
            }
        }
        return included;
    }

    static boolean isSelection(JsonNode rule) {
        return rule.path("rule-type").asString("").equals("selection");
    }

    static String action(JsonNode rule) {
        return rule.path("rule-action").asString("").toLowerCase(Locale.ROOT);
    }

    private static boolean matches(JsonNode rule, String schema, String table) {
        JsonNode locator = rule.path("object-locator");
        return like(locator.path("schema-name").asString("%"), schema)
                && like(locator.path("table-name").asString("%"), table);
    }

    /** DMS's patterns: {@code %} for any part, {@code _} for any letter, brackets for itself. */
    private static boolean like(String pattern, String name) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '[' && i + 2 < pattern.length() && pattern.charAt(i + 2) == ']') {
                regex.append(Pattern.quote(String.valueOf(pattern.charAt(i + 1))));
                i += 2;
            } else if (c == '%') {
                regex.append(".*");
            } else if (c == '_') {
                regex.append('.');
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(name).matches();
    }
}
