package dev.daybook.ingest.debezium;

import dev.daybook.ingest.json.JsonProblem;
import dev.daybook.ingest.json.JsonScanner;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A schema as Kafka Connect's JsonConverter writes it beside a payload.
 *
 * @param type the type's word, such as {@code int64} or {@code struct}
 * @param name what the value means, such as {@code io.debezium.time.Date}, or null
 * @param parameters such as a decimal's scale
 * @param fields of a struct, in order
 * @param items of an array, or null
 */
record ConnectSchema(
        String type,
        @Nullable String name,
        Map<String, String> parameters,
        List<Field> fields,
        @Nullable ConnectSchema items) {

    /** The parameter in which {@code column.propagate.source.type} names a column's type. */
    private static final String SOURCE_TYPE = "__debezium.source.column.type";

    /** A field of a struct. */
    record Field(String name, ConnectSchema schema) {}

    /** Reads the schema that stands here. */
    static ConnectSchema read(JsonScanner scanner) throws JsonProblem {
        return readField(scanner).schema();
    }

    /** Returns the schema of a struct's field, or null if it has none of that name. */
    @Nullable ConnectSchema field(String field) {
        for (Field known : fields) {
            if (known.name().equals(field)) {
                return known.schema();
            }
        }
        return null;
    }

    /** Returns the name of the column's type in PostgreSQL, or null if the schema does not say. */
    @Nullable String sourceType() {
        return parameters.get(SOURCE_TYPE);
    }

    private static Field readField(JsonScanner scanner) throws JsonProblem {
        String type = "";
        String name = null;
        String field = "";
        Map<String, String> parameters = Map.of();
        List<Field> fields = List.of();
        ConnectSchema items = null;
        scanner.beginObject();
        for (String member = scanner.nextMember(); member != null; member = scanner.nextMember()) {
            if (scanner.readNull()) {
                continue;
            }
            switch (member) {
                case "type" -> type = scanner.readString();
                case "name" -> name = scanner.readString();
                case "field" -> field = scanner.readString();
                case "items" -> items = read(scanner);
                case "parameters" -> parameters = readParameters(scanner);
                case "fields" -> {
                    fields = new ArrayList<>();
                    scanner.beginArray();
                    while (scanner.nextElement()) {
                        fields.add(readField(scanner));
                    }
                }
                default -> scanner.skipValue();
            }
        }
        return new Field(field, new ConnectSchema(type, name, parameters, fields, items));
    }

    private static Map<String, String> readParameters(JsonScanner scanner) throws JsonProblem {
        Map<String, String> parameters = new HashMap<>();
        scanner.beginObject();
        for (String name = scanner.nextMember(); name != null; name = scanner.nextMember()) {
            if (scanner.peek() == '"') {
                parameters.put(name, scanner.readString());
            } else {
                scanner.skipValue();
            }
        }
        return parameters;
    }
}
