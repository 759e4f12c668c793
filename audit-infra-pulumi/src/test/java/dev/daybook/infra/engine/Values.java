package dev.daybook.infra.engine;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Reads and compares properties as they travel between engine and provider. */
final class Values {

    /** The text that stands for a value which is not known yet. */
    static final String UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

    private static final String SIGNATURE = "4dabf18193072939515e22adb298388d";
    private static final String SECRET = "1b47061264138c4ac30d75fd1eb44270";

    private Values() {}

    static Value text(String text) {
        return Value.newBuilder().setStringValue(text).build();
    }

    static Value number(double number) {
        return Value.newBuilder().setNumberValue(number).build();
    }

    static Value list(Value... values) {
        var list = com.google.protobuf.ListValue.newBuilder().addAllValues(List.of(values));
        return Value.newBuilder().setListValue(list).build();
    }

    static Value object(String key, Value value) {
        return Value.newBuilder().setStructValue(Struct.newBuilder().putFields(key, value)).build();
    }

    /** A value without the mark of a secret. */
    static Value plain(Value value) {
        return isSecret(value) ? plain(value.getStructValue().getFieldsOrThrow("value")) : value;
    }

    static boolean isSecret(Value value) {
        return value.hasStructValue()
                && value.getStructValue()
                        .getFieldsOrDefault(SIGNATURE, Value.getDefaultInstance())
                        .getStringValue()
                        .equals(SECRET);
    }

    /** The text, number or truth at a path; empty where there is none. */
    static String at(Struct properties, String path) {
        Value value = Value.newBuilder().setStructValue(properties).build();
        for (String step : path.split("\\.", -1)) {
            value =
                    plain(value)
                            .getStructValue()
                            .getFieldsOrDefault(step, Value.getDefaultInstance());
        }
        value = plain(value);
        return switch (value.getKindCase()) {
            case STRING_VALUE -> value.getStringValue();
            case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
            case NUMBER_VALUE -> Double.toString(value.getNumberValue());
            default -> "";
        };
    }

    static List<Value> listAt(Struct properties, String key) {
        return plain(properties.getFieldsOrDefault(key, Value.getDefaultInstance()))
                .getListValue()
                .getValuesList();
    }

    static boolean has(Struct properties, String key) {
        return !properties
                .getFieldsOrDefault(key, Value.getDefaultInstance())
                .getKindCase()
                .equals(Value.KindCase.KIND_NOT_SET);
    }

    /** Whether a text is one of the values. */
    static boolean mentions(Value value, String text) {
        Value plain = plain(value);
        return switch (plain.getKindCase()) {
            case STRING_VALUE -> plain.getStringValue().equals(text);
            case LIST_VALUE ->
                    plain.getListValue().getValuesList().stream()
                            .anyMatch(it -> mentions(it, text));
            case STRUCT_VALUE -> mentions(plain.getStructValue(), text);
            default -> false;
        };
    }

    static boolean mentions(Struct properties, String text) {
        return properties.getFieldsMap().values().stream().anyMatch(it -> mentions(it, text));
    }

    /** The paths at which two sets of properties differ. Lists of texts are sets to AWS. */
    static Set<String> differences(Struct old, Struct now) {
        Set<String> paths = new TreeSet<>();
        differences("", old, now, paths);
        return paths;
    }

    private static void differences(String prefix, Struct old, Struct now, Set<String> paths) {
        Set<String> keys = new TreeSet<>(old.getFieldsMap().keySet());
        keys.addAll(now.getFieldsMap().keySet());
        keys.remove("__defaults");
        for (String key : keys) {
            Value before = old.getFieldsOrDefault(key, Value.getDefaultInstance());
            Value after = now.getFieldsOrDefault(key, Value.getDefaultInstance());
            if (canonical(before).equals(canonical(after))) {
                continue;
            }
            Value plainBefore = plain(before);
            Value plainAfter = plain(after);
            if (plainBefore.hasStructValue() && plainAfter.hasStructValue()) {
                differences(
                        prefix + key + ".",
                        plainBefore.getStructValue(),
                        plainAfter.getStructValue(),
                        paths);
            } else {
                paths.add(prefix + key);
            }
        }
    }

    private static String canonical(@Nullable Value value) {
        Value plain = value == null ? Value.getDefaultInstance() : plain(value);
        return switch (plain.getKindCase()) {
            case STRUCT_VALUE -> {
                Map<String, String> members = new TreeMap<>();
                plain.getStructValue()
                        .getFieldsMap()
                        .forEach((key, member) -> members.put(key, canonical(member)));
                members.remove("__defaults");
                yield members.toString();
            }
            case LIST_VALUE -> {
                List<Value> values = plain.getListValue().getValuesList();
                boolean set = values.stream().allMatch(Value::hasStringValue);
                yield values.stream()
                        .map(Values::canonical)
                        .sorted(set ? String::compareTo : (a, b) -> 0)
                        .collect(Collectors.joining(",", "[", "]"));
            }
            case STRING_VALUE -> '"' + plain.getStringValue() + '"';
            case NUMBER_VALUE -> Double.toString(plain.getNumberValue());
            case BOOL_VALUE -> Boolean.toString(plain.getBoolValue());
            case NULL_VALUE, KIND_NOT_SET -> "";
        };
    }
}
