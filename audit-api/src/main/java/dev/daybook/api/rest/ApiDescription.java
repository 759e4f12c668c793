package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.daybook.api.query.Caller;
import dev.daybook.api.rest.EntityPaths.KeySegment;
import dev.daybook.api.rest.EntityPaths.TableSegment;
import dev.daybook.contract.Operation;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.parameters.Parameter;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.servers.Server;

import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The description of the interface (OpenAPI 3.1), as far as the code does not say it itself. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    private static final String TIME = "2026-11-22T09:30:00Z";

    /** The records of responses, whose members are always there unless they say otherwise. */
    private static final List<Class<?>> RESOURCES =
            List.of(
                    EntryPageResource.class,
                    RejectedPageResource.class,
                    EntryResource.class,
                    EntryResource.EntryTransactionResource.class,
                    EntryResource.ActorResource.class,
                    EntryResource.ChangeResource.class,
                    StateResource.class,
                    StateResource.OriginResource.class,
                    StateResource.LastEntryResource.class,
                    DiffResource.class,
                    DiffResource.DifferenceResource.class,
                    TransactionResource.class,
                    TransactionResource.ContextResource.class,
                    RejectedResource.class,
                    CoverageResource.class,
                    CoverageResource.SourceResource.class,
                    Completeness.class);

    static {
        // A caller is who asks, and no parameter.
        SpringDocUtils.getConfig()
                .addRequestWrapperToIgnore(Caller.class)
                .replaceWithClass(Limit.class, Integer.class)
                .replaceWithClass(TableName.class, String.class)
                .replaceWithClass(TableSegment.class, String.class)
                .replaceWithClass(KeySegment.class, String.class);
    }

    private record Described(String description, Schema<?> schema, @Nullable Object example) {}

    private static final Map<String, Described> PARAMETERS =
            Map.ofEntries(
                    Map.entry(
                            "table",
                            text(
                                    "The table, as schema.table; a part with a dot or quote is"
                                            + " quoted as in SQL.",
                                    "public.orders")),
                    Map.entry(
                            "key",
                            text(
                                    "The row's key: the value itself, or a JSON array of the values"
                                            + " of a composite key, such as [42,\"a\"].",
                                    "42")),
                    Map.entry("source", text("The source database's name.", "shop")),
                    Map.entry("actor", text("Made by this actor.", "anna")),
                    Map.entry(
                            "unattributed",
                            new Described(
                                    "Only changes that nobody is known to have made.",
                                    new Schema<>().types(Set.of("boolean"))._default(false),
                                    false)),
                    Map.entry(
                            "field",
                            text(
                                    "Only entries that set, changed or removed this column, or may"
                                            + " have.",
                                    "status")),
                    Map.entry(
                            "operation",
                            new Described(
                                    "Only entries of this operation.",
                                    new Schema<String>()
                                            .types(Set.of("string"))
                                            ._enum(
                                                    Arrays.stream(Operation.values())
                                                            .map(Operation::word)
                                                            .toList()),
                                    "update")),
                    Map.entry(
                            "transaction",
                            new Described(
                                    "Only entries of transactions with this number.",
                                    new Schema<>().types(Set.of("integer")).format("int64"),
                                    7431)),
                    Map.entry("from", time("Committed (rejected) at this instant or later.")),
                    Map.entry("to", time("Committed (rejected) before this instant.")),
                    Map.entry(
                            "at",
                            time(
                                    "The instant: after everything that committed then. The latest"
                                            + " where it is left out.")),
                    Map.entry(
                            "committed_at",
                            time("The commit time, where several transactions had the number.")),
                    Map.entry(
                            "limit",
                            new Described(
                                    "How many items at most.",
                                    new Schema<>()
                                            .types(Set.of("integer"))
                                            .minimum(java.math.BigDecimal.ONE)
                                            .maximum(java.math.BigDecimal.valueOf(Limit.MOST))
                                            ._default(Limit.DEFAULT),
                                    Limit.DEFAULT)),
                    Map.entry(
                            "cursor",
                            new Described(
                                    "\"next_cursor\" of the page before, with the same other"
                                            + " parameters.",
                                    new Schema<>().types(Set.of("string")),
                                    null)),
                    Map.entry(
                            "stage",
                            new Described(
                                    "Rejected by this part of the pipeline.",
                                    new Schema<String>()
                                            .types(Set.of("string"))
                                            ._enum(
                                                    Arrays.stream(Stage.values())
                                                            .map(Stage::word)
                                                            .toList()),
                                    "ingest")),
                    Map.entry("code", text("Rejected for the reason of this word.", "not-json")));

    private static final Map<String, String[]> OPERATIONS =
            Map.of(
                    "/api/v1/entities/{table}/{key}/history",
                    of(
                            "History of a row",
                            "Its entries, newest first, each with what it changed. A row is found"
                                    + " under its present key and under former ones; truncations of its"
                                    + " table are part of it where the row was there."),
                    "/api/v1/entities/{table}/{key}/state",
                    of(
                            "A row at an instant",
                            "The row as the log knows it, unknown columns named."),
                    "/api/v1/entities/{table}/{key}/diff",
                    of(
                            "A row between two instants",
                            "What differs between the states after all that committed at \"from\""
                                    + " and at \"to\" (the latest where it is left out)."),
                    "/api/v1/entries",
                    of(
                            "Search",
                            "Entries across rows, newest commit first. Filters add up; \"key\""
                                    + " needs \"table\"."),
                    "/api/v1/entries/{id}",
                    of("One entry", "The entry of an id, completed from its row's earlier ones."),
                    "/api/v1/transactions/{source}/{id}",
                    of(
                            "One transaction",
                            "Everything that a transaction did, in order, and who and why."
                                    + " PostgreSQL's numbers come again: without \"committed_at\""
                                    + " it is the latest of that number, and the others are"
                                    + " listed."),
                    "/api/v1/rejected",
                    of("Rejected records", "What could not be recorded, and why, newest first."),
                    "/api/v1/coverage",
                    of("Coverage", "Up to when the log is complete, per source."));

    private static String[] of(String summary, String description) {
        return new String[] {summary, description};
    }

    private static Described text(String description, String example) {
        return new Described(description, new Schema<>().types(Set.of("string")), example);
    }

    private static Described time(String description) {
        return new Described(
                description + " RFC 3339, with any offset.",
                new Schema<>().types(Set.of("string")).format("date-time"),
                TIME);
    }

    @Bean
    OpenAPI openApi() {
        return new OpenAPI()
                .info(
                        new Info()
                                .title("Daybook")
                                .version("v1")
                                .description(
                                        "The history of every row of a PostgreSQL database: who"
                                                + " changed what, from what to what, when, and in which"
                                                + " transaction. Press Authorize and give an API key.")
                                .license(
                                        new License()
                                                .name("Apache-2.0")
                                                .url(
                                                        "https://www.apache.org/licenses/LICENSE-2.0")))
                // Relative, so that it works behind any address.
                .servers(List.of(new Server().url("/")))
                .components(
                        new Components()
                                .addSecuritySchemes(
                                        "key",
                                        new SecurityScheme()
                                                .type(SecurityScheme.Type.APIKEY)
                                                .in(SecurityScheme.In.HEADER)
                                                .name("X-API-Key")
                                                .description("An API key."))
                                .addSecuritySchemes(
                                        "bearer",
                                        new SecurityScheme()
                                                .type(SecurityScheme.Type.HTTP)
                                                .scheme("bearer")
                                                .description(
                                                        "An API key, or a token of the configured"
                                                                + " issuer.")))
                .security(
                        List.of(
                                new SecurityRequirement().addList("key"),
                                new SecurityRequirement().addList("bearer")));
    }

    private static Schema<?> problem() {
        return new Schema<>()
                .types(Set.of("object"))
                .description("A problem document (RFC 9457).")
                .addProperty("type", string("urn:daybook:problem:invalid-parameter"))
                .addProperty("title", string("A parameter is not valid"))
                .addProperty("status", new Schema<>().types(Set.of("integer")).example(400))
                .addProperty(
                        "detail",
                        string(
                                "The parameter \"limit\": \"0\" is not a whole number from 1 to"
                                        + " 500."))
                .addProperty("instance", string("/api/v1/entries"))
                .required(List.of("type", "title", "status", "detail"));
    }

    private static Schema<?> string(String example) {
        return new Schema<>().types(Set.of("string")).example(example);
    }

    @Bean
    OpenApiCustomizer describe() {
        return api -> {
            api.getComponents().addSchemas("Problem", problem());
            RESOURCES.forEach(resource -> complete(api, resource));
            api.getPaths()
                    .forEach(
                            (path, item) ->
                                    item.readOperations()
                                            .forEach(operation -> complete(path, operation)));
        };
    }

    private static void complete(String path, io.swagger.v3.oas.models.Operation operation) {
        String[] texts = OPERATIONS.get(path);
        if (texts == null) {
            throw new IllegalStateException(
                    path + " is not described: add it to " + ApiDescription.class);
        }
        operation.summary(texts[0]).description(texts[1]).tags(List.of("Log"));
        boolean one = path.endsWith("{id}");
        if (operation.getParameters() != null) {
            operation.getParameters().forEach(parameter -> complete(path, parameter));
        }
        ApiResponses responses = operation.getResponses();
        ApiResponse ok = Objects.requireNonNull(responses.get("200"), path);
        responses.clear();
        responses.addApiResponse("200", ok.description("The answer."));
        responses.addApiResponse("400", problem("A parameter is unknown or not valid."));
        responses.addApiResponse("401", problem("A valid key or token is needed."));
        if (one) {
            responses.addApiResponse("404", problem("There is no such thing in the log."));
        }
        responses.addApiResponse(
                "503",
                problem("The database is away, or the search took too long. See Retry-After."));
    }

    private static void complete(String path, Parameter parameter) {
        String name = parameter.getName();
        if (name.equals("id")) {
            boolean entry = path.startsWith("/api/v1/entries");
            parameter.description(entry ? "The entry's id." : "The transaction's number.");
            parameter.schema(
                    entry
                            ? new Schema<>().types(Set.of("string")).format("uuid")
                            : new Schema<>().types(Set.of("integer")).format("int64"));
            parameter.example(entry ? "019aad30-b7c0-8000-8d3f-0a1b2c3d4e5f" : 7431);
            return;
        }
        Described described = PARAMETERS.get(name);
        if (described == null) {
            throw new IllegalStateException(
                    "The parameter "
                            + name
                            + " is not described: add it to "
                            + ApiDescription.class);
        }
        boolean state = path.endsWith("/diff") && !"path".equals(parameter.getIn());
        parameter.description(
                state && name.equals("from")
                        ? "The earlier instant: after everything that committed then. RFC 3339."
                        : state && name.equals("to")
                                ? "The later instant; the latest where it is left out. RFC 3339."
                                : described.description());
        parameter.schema(described.schema());
        // Only what must be there is filled in when somebody tries it out.
        if (described.example() != null && Boolean.TRUE.equals(parameter.getRequired())) {
            parameter.example(described.example());
        } else if (described.example() != null && described.schema().getExamples() == null) {
            parameter.schema(withExample(described));
        }
    }

    /** The schema with an example that shows what it looks like and is not filled in. */
    private static Schema<?> withExample(Described described) {
        Schema<Object> schema = new Schema<>();
        schema.types(described.schema().getTypes());
        schema.format(described.schema().getFormat());
        schema.minimum(described.schema().getMinimum());
        schema.maximum(described.schema().getMaximum());
        schema.setDefault(described.schema().getDefault());
        List<?> values = described.schema().getEnum();
        if (values != null) {
            schema.setEnum(new ArrayList<>(values));
        }
        schema.examples(List.of(String.valueOf(described.example())));
        return schema;
    }

    private static ApiResponse problem(String description) {
        return new ApiResponse()
                .description(description)
                .content(
                        new Content()
                                .addMediaType(
                                        "application/problem+json",
                                        new MediaType()
                                                .schema(
                                                        new Schema<>()
                                                                .$ref(
                                                                        "#/components/schemas/Problem"))));
    }

    /** Says which members are always there, and which may be null. */
    private static void complete(OpenAPI api, Class<?> resource) {
        io.swagger.v3.oas.annotations.media.Schema annotation =
                resource.getAnnotation(io.swagger.v3.oas.annotations.media.Schema.class);
        String name =
                annotation == null || annotation.name().isEmpty()
                        ? resource.getSimpleName()
                        : annotation.name();
        Schema<?> schema = api.getComponents().getSchemas().get(name);
        if (schema == null || schema.getProperties() == null) {
            return;
        }
        List<String> required = new ArrayList<>();
        for (RecordComponent component : resource.getRecordComponents()) {
            JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
            String member = property == null ? component.getName() : property.value();
            if (!component.getAccessor().isAnnotationPresent(JsonInclude.class)) {
                required.add(member);
            }
            if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                nullable(schema.getProperties(), member);
            }
        }
        schema.required(required);
    }

    @SuppressWarnings("rawtypes") // as swagger-models has it
    private static void nullable(Map<String, Schema> properties, String member) {
        Schema<?> property = properties.get(member);
        if (property == null) {
            return;
        }
        if (property.get$ref() != null) {
            Schema<Object> either = new Schema<>();
            either.anyOf(List.of(property, new Schema<>().types(Set.of("null"))));
            properties.put(member, either);
        } else if (property.getTypes() != null) {
            Set<String> types = new TreeSet<>(property.getTypes());
            types.add("null");
            property.types(types);
        }
    }
}
