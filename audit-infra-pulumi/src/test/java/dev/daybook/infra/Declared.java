package dev.daybook.infra;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A resource as the program declared it to the engine.
 *
 * @param type Pulumi's type, such as {@code aws:msk/cluster:Cluster}
 * @param name Pulumi's name
 * @param parent the parent's URN
 * @param provider the provider's reference, or empty
 * @param isProtected whether Pulumi refuses to delete it
 * @param dependencies the URNs it waits for
 * @param inputs its properties, secrets still marked
 */
record Declared(
        String type,
        String name,
        String parent,
        String provider,
        boolean isProtected,
        List<String> dependencies,
        Struct inputs) {

    /** How a value says that it is a special one, and which kind is a secret; a file is another. */
    private static final String SIGNATURE = "4dabf18193072939515e22adb298388d";

    private static final String SECRET = "1b47061264138c4ac30d75fd1eb44270";

    boolean is(String word) {
        return type.equals("aws:" + word);
    }

    /** The property at a path such as {@code encryptionInfo.encryptionInTransit.clientBroker}. */
    Optional<Value> at(String path) {
        Value value = Value.newBuilder().setStructValue(inputs).build();
        for (String step : path.split("\\.", -1)) {
            value = plain(value);
            if (value.hasListValue()) {
                int index = Integer.parseInt(step);
                if (index >= value.getListValue().getValuesCount()) {
                    return Optional.empty();
                }
                value = value.getListValue().getValues(index);
            } else if (value.hasStructValue() && value.getStructValue().containsFields(step)) {
                value = value.getStructValue().getFieldsOrThrow(step);
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(value);
    }

    String text(String path) {
        return at(path).map(Declared::plain).map(Value::getStringValue).orElse("");
    }

    boolean yes(String path) {
        return at(path).map(Declared::plain).map(Value::getBoolValue).orElse(false);
    }

    double number(String path) {
        return at(path).map(Declared::plain).map(Value::getNumberValue).orElse(0.0);
    }

    List<String> texts(String path) {
        return at(path).map(Declared::plain)
                .map(value -> value.getListValue().getValuesList().stream())
                .map(values -> values.map(Declared::plain).map(Value::getStringValue).toList())
                .orElse(List.of());
    }

    /** Whether the property at a path is marked secret. */
    boolean secret(String path) {
        return at(path).map(Declared::marked).orElse(false);
    }

    /** Every text of its properties by path, with whether it is secret. */
    Map<String, Text> texts() {
        Map<String, Text> texts = new TreeMap<>();
        inputs.getFieldsMap().forEach((key, value) -> collect(key, value, false, texts));
        return texts;
    }

    /** A text and whether it is marked secret, itself or around it. */
    record Text(String value, boolean secret) {}

    private static void collect(String path, Value value, boolean secret, Map<String, Text> texts) {
        boolean hidden = secret || marked(value);
        Value plain = plain(value);
        if (plain.hasStringValue()) {
            texts.put(path, new Text(plain.getStringValue(), hidden));
        } else if (plain.hasStructValue()) {
            plain.getStructValue()
                    .getFieldsMap()
                    .forEach((key, member) -> collect(path + "." + key, member, hidden, texts));
        } else if (plain.hasListValue()) {
            for (int i = 0; i < plain.getListValue().getValuesCount(); i++) {
                collect(path + "." + i, plain.getListValue().getValues(i), hidden, texts);
            }
        }
    }

    private static boolean marked(Value value) {
        return value.hasStructValue()
                && value.getStructValue()
                        .getFieldsOrDefault(SIGNATURE, Value.getDefaultInstance())
                        .getStringValue()
                        .equals(SECRET);
    }

    static Value plain(Value value) {
        return marked(value) ? plain(value.getStructValue().getFieldsOrThrow("value")) : value;
    }

    /** The same resource with another value at a path: a fault to be caught. */
    Declared with(String path, Object value) {
        return new Declared(
                type,
                name,
                parent,
                provider,
                isProtected,
                dependencies,
                set(Value.newBuilder().setStructValue(inputs).build(), path, value)
                        .getStructValue());
    }

    Declared without(String property) {
        return new Declared(
                type,
                name,
                parent,
                provider,
                isProtected,
                dependencies,
                inputs.toBuilder().removeFields(property).build());
    }

    Declared unprotected() {
        return new Declared(type, name, parent, provider, false, dependencies, inputs);
    }

    Declared independent() {
        return new Declared(type, name, parent, provider, isProtected, List.of(), inputs);
    }

    /** Whether it waits for another resource. */
    boolean waitsFor(String name) {
        return dependencies.stream().anyMatch(urn -> urn.endsWith("::" + name));
    }

    Declared from(String provider) {
        return new Declared(type, name, parent, provider, isProtected, dependencies, inputs);
    }

    private static Value set(Value in, String path, Object value) {
        int dot = path.indexOf('.');
        String step = dot < 0 ? path : path.substring(0, dot);
        Value here = plain(in);
        if (here.hasListValue()) {
            var list = here.getListValue().toBuilder();
            int index = Integer.parseInt(step);
            list.setValues(
                    index,
                    dot < 0
                            ? of(value)
                            : set(list.getValues(index), path.substring(dot + 1), value));
            return Value.newBuilder().setListValue(list).build();
        }
        var struct = here.getStructValue().toBuilder();
        struct.putFields(
                step,
                dot < 0
                        ? of(value)
                        : set(
                                struct.getFieldsOrDefault(step, Value.getDefaultInstance()),
                                path.substring(dot + 1),
                                value));
        return Value.newBuilder().setStructValue(struct).build();
    }

    private static Value of(Object value) {
        return switch (value) {
            case String text -> Value.newBuilder().setStringValue(text).build();
            case Boolean bool -> Value.newBuilder().setBoolValue(bool).build();
            case Number number -> Value.newBuilder().setNumberValue(number.doubleValue()).build();
            default -> throw new IllegalArgumentException(value.toString());
        };
    }
}
