package dev.daybook.api.rest;

import dev.daybook.api.rest.EntityPaths.KeySegment;
import dev.daybook.api.rest.EntityPaths.TableSegment;
import dev.daybook.contract.Operation;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;

import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.bind.annotation.InitBinder;
import org.springframework.web.bind.annotation.RestControllerAdvice;

import java.beans.PropertyEditorSupport;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads parameters as types, each in one spelling, with a sentence of ours where that fails.
 *
 * <p>Editors and not converters: where a converter refuses a text, Spring asks its own editors,
 * which take the Java names of constants, hexadecimal numbers and halves of UUIDs.
 */
@RestControllerAdvice
class Binding {

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,19}");
    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}");

    private static final String OPERATIONS =
            Arrays.stream(Operation.values())
                    .map(Operation::word)
                    .collect(Collectors.joining(", "));
    private static final String STAGES =
            Arrays.stream(Stage.values()).map(Stage::word).collect(Collectors.joining(", "));

    private static final Map<Class<?>, Function<String, ?>> READERS =
            Map.ofEntries(
                    Map.entry(Instant.class, (Function<String, ?>) Times::parse),
                    Map.entry(Limit.class, (Function<String, ?>) Limit::parse),
                    Map.entry(Long.class, (Function<String, ?>) Binding::number),
                    Map.entry(Boolean.class, (Function<String, ?>) Binding::flag),
                    Map.entry(UUID.class, (Function<String, ?>) Binding::id),
                    Map.entry(Operation.class, (Function<String, ?>) Binding::operation),
                    Map.entry(Numbers.class, (Function<String, ?>) Binding::numbers),
                    Map.entry(Stage.class, (Function<String, ?>) Binding::stage),
                    Map.entry(TableName.class, (Function<String, ?>) Binding::table),
                    Map.entry(TableSegment.class, (Function<String, ?>) TableSegment::parse),
                    Map.entry(KeySegment.class, (Function<String, ?>) KeySegment::parse));

    @InitBinder
    void register(WebDataBinder binder) {
        READERS.forEach((type, reader) -> binder.registerCustomEditor(type, new Editor(reader)));
    }

    private static final class Editor extends PropertyEditorSupport {

        private final Function<String, ?> reader;

        Editor(Function<String, ?> reader) {
            this.reader = reader;
        }

        @Override
        public void setAsText(String text) {
            setValue(reader.apply(text));
        }
    }

    private static Boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(text, "is not true or false.");
        };
    }

    private static Long number(String text) {
        if (NUMBER.matcher(text).matches()) {
            try {
                return Long.valueOf(text);
            } catch (NumberFormatException e) {
                // More than 64 bits: said below.
            }
        }
        throw invalid(text, "is not a whole number of 64 bits.");
    }

    private static UUID id(String text) {
        if (!ID.matcher(text).matches()) {
            throw invalid(
                    text, "is not an id: write the 36 characters of a UUID, as lists give them.");
        }
        return UUID.fromString(text);
    }

    /** Reads a table's name. */
    static TableName table(String text) {
        try {
            return TableName.parse(text);
        } catch (IllegalArgumentException e) {
            throw invalid(
                    text,
                    "is not a table: write schema.table, and quote a part that contains a dot.");
        }
    }

    private static Operation operation(String word) {
        return Operation.ofWord(word)
                .orElseThrow(
                        () ->
                                invalid(
                                        word,
                                        "is not an operation: it is one of " + OPERATIONS + "."));
    }

    private static Numbers numbers(String word) {
        return switch (word) {
            case "number" -> Numbers.NUMBER;
            case "string" -> Numbers.STRING;
            default ->
                    throw invalid(word, "is not a way to write numbers: it is number or string.");
        };
    }

    private static Stage stage(String word) {
        return Stage.ofWord(word)
                .orElseThrow(() -> invalid(word, "is not a stage: it is one of " + STAGES + "."));
    }

    private static InvalidValueException invalid(String text, String rule) {
        return new InvalidValueException("\"" + text + "\" " + rule);
    }
}
