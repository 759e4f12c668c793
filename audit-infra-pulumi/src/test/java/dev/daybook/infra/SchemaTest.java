package dev.daybook.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.pulumi.Config;
import com.pulumi.deployment.internal.DeploymentImpl;

import dev.daybook.infra.resource.Json;
import dev.daybook.infra.settings.SettingKey;
import dev.daybook.infra.settings.SettingsReader;

import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The schema that editors check a stack's settings by is made from what the reader asks for. With
 * {@code -Ddaybook.write=true} it is written; without, one that differs fails.
 */
class SchemaTest {

    private static final Path SCHEMA = Path.of("stack.schema.json");
    private static final Gson GSON =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    @Test
    void theSchemaIsTheReaders() throws IOException {
        String schema = GSON.toJson(schema()) + "\n";
        if (Boolean.getBoolean("daybook.write")) {
            Files.writeString(SCHEMA, schema);
        }

        assertThat(SCHEMA)
                .as(
                        "%s is generated: mvn -pl audit-infra-pulumi -am test -Dtest=SchemaTest"
                                + " -Dsurefire.failIfNoSpecifiedTests=false -Ddaybook.write=true",
                        SCHEMA)
                .hasContent(schema);
    }

    @Test
    void theExamplesNameTheSchemaAndNoKeyThatTheReaderDoesNotKnow() throws IOException {
        Set<String> known = new TreeSet<>();
        for (Map<String, SettingKey> keys :
                List.of(asked("dev", Map.of()), asked("prod", Map.of()))) {
            known.addAll(keys.keySet());
        }
        for (String stack : List.of("dev", "prod")) {
            String text = Files.readString(Path.of("Pulumi." + stack + ".yaml"));
            Map<String, Map<String, Object>> file = new Yaml().load(text);

            assertThat(text).startsWith("# yaml-language-server: $schema=" + SCHEMA + "\n");
            assertThat(known).containsAll(file.getOrDefault("config", Map.of()).keySet());
        }
    }

    private static Map<String, Object> schema() {
        Map<String, SettingKey> always = asked("dev", Map.of());
        Map<String, SettingKey> existing = asked("prod", Map.of());
        Map<String, SettingKey> serverless = asked("dev", Map.of("daybook:capture", "serverless"));
        Map<String, SettingKey> all = new TreeMap<>(always);
        all.putAll(existing);
        all.putAll(serverless);

        Set<String> needed = required(always);
        needed.retainAll(required(existing));
        Set<String> neededThere = required(existing);
        neededThere.removeAll(needed);

        Map<String, Object> properties = new LinkedHashMap<>();
        all.forEach((name, key) -> properties.put(name, property(key)));
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("type", "object");
        config.put("required", needed);
        config.put(
                "if",
                Json.object(
                        "properties",
                        Json.object("daybook:source", Json.object("const", "existing"))));
        config.put("then", Json.object("required", neededThere));
        // Keys of other namespaces are other programs'.
        config.put(
                "propertyNames",
                Json.object(
                        "anyOf",
                        List.of(
                                Json.object("not", Json.object("pattern", "^daybook:")),
                                Json.object("enum", all.keySet()))));
        config.put("properties", properties);

        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "http://json-schema.org/draft-07/schema#");
        schema.put("title", "The settings of a stack, as SettingsReader reads them");
        schema.put("type", "object");
        schema.put("properties", Json.object("config", config));
        schema.put("required", List.of("config"));
        schema.put(
                "definitions",
                Json.object(
                        "secret",
                        Json.object(
                                "description",
                                "what pulumi config set --secret wrote",
                                "type",
                                "object",
                                "required",
                                List.of("secure"))));
        return schema;
    }

    private static Set<String> required(Map<String, SettingKey> keys) {
        Set<String> required = new TreeSet<>();
        keys.forEach(
                (name, key) -> {
                    boolean needed =
                            switch (key.kind()) {
                                // When an inspection ends is asked for, and said by few.
                                case SettingKey.Text text ->
                                        text.otherwise().isEmpty()
                                                && !name.equals("daybook:inspectionUntil");
                                case SettingKey.Word word -> word.otherwise().isEmpty();
                                case SettingKey.Texts texts ->
                                        !List.of("daybook:zones", "daybook:inspectionAddresses")
                                                .contains(name);
                                case SettingKey.Flag flag -> false;
                                case SettingKey.Number number -> false;
                            };
                    if (needed) {
                        required.add(name);
                    }
                });
        return required;
    }

    private static Map<String, Object> property(SettingKey key) {
        Map<String, Object> property = new LinkedHashMap<>();
        property.put(
                "description",
                key.what().substring(0, 1).toUpperCase(Locale.ROOT)
                        + key.what().substring(1)
                        + ".");
        List<Object> kinds = new ArrayList<>();
        switch (key.kind()) {
            case SettingKey.Text(Optional<String> otherwise, var pattern) -> {
                otherwise.ifPresent(value -> property.put("default", value));
                Map<String, Object> text = new LinkedHashMap<>();
                text.put("type", "string");
                pattern.ifPresent(rule -> text.put("pattern", "^(?:" + rule.pattern() + ")$"));
                kinds.add(text);
                if (pattern.isPresent() && pattern.get().matcher("17").matches()) {
                    kinds.add(Json.object("type", "number"));
                }
            }
            case SettingKey.Word(Optional<String> otherwise, List<String> words) -> {
                otherwise.ifPresent(value -> property.put("default", value));
                kinds.add(Json.object("enum", words));
            }
            case SettingKey.Texts texts ->
                    kinds.add(Json.object("type", "array", "items", Json.object("type", "string")));
            case SettingKey.Flag(boolean otherwise) -> {
                property.put("default", otherwise);
                kinds.add(Json.object("enum", List.of(true, false, "true", "false")));
            }
            case SettingKey.Number(int otherwise, int least, int most) -> {
                property.put("default", otherwise);
                Map<String, Object> number = new LinkedHashMap<>();
                number.put("type", "integer");
                number.put("minimum", least);
                number.put("maximum", most);
                kinds.add(number);
                // As pulumi config set writes it.
                kinds.add(Json.object("type", "string", "pattern", "^\\d+$"));
            }
        }
        kinds.add(Json.object("$ref", "#/definitions/secret"));
        property.put("anyOf", kinds);
        return property;
    }

    /** What the reader asks for, of an example stack with some keys set otherwise. */
    private static Map<String, SettingKey> asked(String stack, Map<String, String> changes) {
        Map<String, String> config = Stacks.configuration(stack);
        config.putAll(changes);
        DeploymentImpl.Config values =
                new DeploymentImpl.Config(ImmutableMap.copyOf(config), ImmutableSet.of());
        Map<String, SettingKey> keys = new TreeMap<>();
        SettingsReader.read(
                "daybook",
                stack,
                new Config(values, "daybook"),
                new Config(values, "aws"),
                Stacks.CLOCK,
                key -> keys.merge(key.name(), key, (first, second) -> first));
        return keys;
    }
}
