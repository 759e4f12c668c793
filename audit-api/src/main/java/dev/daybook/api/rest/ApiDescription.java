package dev.daybook.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.daybook.api.path.EntityPaths.KeySegment;
import dev.daybook.api.path.EntityPaths.TableSegment;
import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.RequestId;
import dev.daybook.api.query.Caller;
import dev.daybook.api.query.Filters;
import dev.daybook.contract.Operation;
import dev.daybook.contract.Stage;
import dev.daybook.contract.TableName;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryQuery;

import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Contact;
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
import io.swagger.v3.oas.models.tags.Tag;

import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.utils.SpringDocUtils;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The description of the interface (OpenAPI 3.1), as far as the code does not say it itself. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    private static final String TIME = "2026-11-22T09:30:00Z";
    private static final String ANY_JSON = "#/components/schemas/Value";
    private static final String ROW = "#/components/schemas/Row";

    /** The paths in the order in which they are shown, with their tags. */
    private static final Map<String, String> TAGS = tags();

    private static Map<String, String> tags() {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("/api/v1/entities/{table}/{key}/history", "Rows");
        tags.put("/api/v1/entities/{table}/{key}/state", "Rows");
        tags.put("/api/v1/entities/{table}/{key}/diff", "Rows");
        tags.put("/api/v1/entries", "Search");
        tags.put("/api/v1/entries/counts", "Search");
        tags.put("/api/v1/entries/volume", "Search");
        tags.put("/api/v1/entries/export", "Search");
        tags.put("/api/v1/entries/stream", "Search");
        tags.put("/api/v1/entries/{id}", "Search");
        tags.put("/api/v1/transactions/{source}/{id}", "Search");
        tags.put("/api/v1/transactions/{source}/{id}/neighbours", "Search");
        tags.put("/api/v1/actors", "Log");
        tags.put("/api/v1/tables", "Log");
        tags.put("/api/v1/tables/{table}/columns", "Log");
        tags.put("/api/v1/tables/{table}/history", "Log");
        tags.put("/api/v1/coverage", "Log");
        tags.put("/api/v1/rejected", "Log");
        tags.put("/api/v1/rejected/{id}", "Log");
        tags.put("/api/v1/rejected/{id}/replay", "Log");
        tags.put("/api/v1/rejected/replay", "Log");
        tags.put("/api/v1/evidence/entries/{id}", "Evidence");
        tags.put("/api/v1/evidence/rows/{table}/{key}", "Evidence");
        tags.put("/api/v1/reads", "Log");
        tags.put("/api/v1/keys", "Keys");
        tags.put("/api/v1/keys/{id}", "Keys");
        return tags;
    }

    /** Members that hold any JSON, and members that hold a row, by schema. */
    private static final Map<String, List<String>> VALUES =
            Map.of(
                    "Change", List.of("from", "to"),
                    "Difference", List.of("from", "to"),
                    "Entry", List.of("attributes"),
                    "TableChange", List.of("control"),
                    "Context", List.of("attributes"));

    private static final Map<String, List<String>> ROWS =
            Map.of("Entry", List.of("before", "after"), "State", List.of("row"));

    private static final Map<String, List<String>> OPERATION_MEMBERS =
            Map.of("Entry", List.of("operation"), "LastEntry", List.of("operation"));

    /** The records of responses, whose members are always there unless they say otherwise. */
    private static final List<Class<?>> RESOURCES =
            List.of(
                    EntryPageResource.class,
                    RejectedPageResource.class,
                    EntryResource.class,
                    EntryResource.EntryTransactionResource.class,
                    EntryResource.ActorResource.class,
                    EntryResource.ChangeResource.class,
                    TableChangeResource.class,
                    TableChangeResource.ColumnResource.class,
                    StateResource.class,
                    StateResource.OriginResource.class,
                    StateResource.LastEntryResource.class,
                    DiffResource.class,
                    DiffResource.DifferenceResource.class,
                    TransactionResource.class,
                    TransactionResource.ContextResource.class,
                    RejectedResource.class,
                    RejectedDetailResource.class,
                    ReplayResource.class,
                    ReplayResource.ResultResource.class,
                    ReplaysRequestedResource.class,
                    TablesResource.class,
                    ColumnsResource.class,
                    ColumnsResource.ColumnResource.class,
                    TablesResource.TableResource.class,
                    CoverageResource.class,
                    CoverageResource.SourceResource.class,
                    CoverageResource.SealResource.class,
                    KeysResource.class,
                    KeysResource.KeyResource.class,
                    KeysResource.NewKeyResource.class,
                    ReadPageResource.class,
                    ReadPageResource.ReadResource.class,
                    CountsResource.class,
                    CountsResource.FacetResource.class,
                    CountsResource.ValueResource.class,
                    VolumeResource.class,
                    VolumeResource.SpanResource.class,
                    ActorsResource.class,
                    ActorsResource.ActorSeenResource.class,
                    NeighboursResource.class,
                    NeighboursResource.NeighbourResource.class,
                    CoverageResource.StandstillResource.class,
                    CoverageResource.GapResource.class,
                    CoverageResource.IncidentResource.class,
                    CoverageResource.KeylessTableResource.class,
                    Completeness.class,
                    Completeness.MissingResource.class);

    /** The paths of searches, which have the filters as parameters. */
    private static final Set<String> SEARCHES =
            Set.of(
                    "/api/v1/entries",
                    "/api/v1/entries/counts",
                    "/api/v1/entries/volume",
                    "/api/v1/entries/export",
                    "/api/v1/entries/stream");

    static {
        // A caller is who asks, and no parameter.
        SpringDocUtils.getConfig()
                .addRequestWrapperToIgnore(Caller.class, EntryQuery.class)
                .replaceWithClass(Step.class, String.class)
                .replaceWithClass(Limit.class, Integer.class)
                .replaceWithClass(StreamingResponseBody.class, String.class)
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
                                    "public.products")),
                    Map.entry(
                            "key",
                            text(
                                    "The row's key: the value itself, or a JSON array of the values"
                                            + " of a composite key, such as [42,\"a\"].",
                                    "TEA-01")),
                    Map.entry(
                            "source",
                            text("The source database's name; /coverage lists them.", "shop")),
                    Map.entry(
                            "whole",
                            new Described(
                                    "Show all that was sealed, of other rows too; for callers who see all tables. \"from\" and"
                                            + " \"to\" are then times of sealing.",
                                    new Schema<>().types(Set.of("boolean"))._default(false),
                                    null)),
                    Map.entry("actor", text("Made by this actor.", "anna")),
                    Map.entry(
                            "login_role",
                            text("Made while this database role was logged in.", "shop_app")),
                    Map.entry(
                            "unattributed",
                            new Described(
                                    "Only changes that nobody is known to have made.",
                                    new Schema<>().types(Set.of("boolean"))._default(false),
                                    null)),
                    Map.entry(
                            "field",
                            text(
                                    "Only entries that set, changed or removed this column, or may"
                                            + " have; /tables lists the columns.",
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
                    Map.entry(
                            "numbers",
                            new Described(
                                    "How the numbers in rows and attributes are written: as JSON"
                                            + " numbers, digit for digit, or as strings of their"
                                            + " digits, for clients whose numbers are doubles.",
                                    new Schema<String>()
                                            .types(Set.of("string"))
                                            ._enum(List.of("number", "string"))
                                            ._default("number"),
                                    null)),
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
                                    null)),
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
                    Map.entry(
                            "format",
                            new Described(
                                    "How the export is written.",
                                    new Schema<String>()
                                            .types(Set.of("string"))
                                            ._enum(List.of("ndjson", "csv"))
                                            ._default("ndjson"),
                                    null)),
                    Map.entry(
                            "after",
                            new Described(
                                    "Instead of the header Last-Event-ID, for clients that set none.",
                                    new Schema<>().types(Set.of("string")),
                                    null)),
                    Map.entry(
                            "Last-Event-ID",
                            new Described(
                                    "The id of the last event that came: the stream goes on after it.",
                                    new Schema<>().types(Set.of("string")),
                                    null)),
                    Map.entry(
                            "caller",
                            text(
                                    "Only reads with the key, or by the subject, of this name.",
                                    "auditor")),
                    Map.entry(
                            "reason",
                            text("For this reason, as the application said it.", "price round")),
                    Map.entry("request", text("Of this request of the application.", "req-205")),
                    Map.entry(
                            "facet",
                            new Described(
                                    "What to count the entries by; key needs one table.",
                                    new Schema<String>()
                                            .types(Set.of("string"))
                                            ._enum(
                                                    Arrays.stream(Facet.values())
                                                            .map(
                                                                    f ->
                                                                            f.name()
                                                                                    .toLowerCase(
                                                                                            Locale
                                                                                                    .ROOT))
                                                            .toList()),
                                    "actor")),
                    Map.entry(
                            "step",
                            new Described(
                                    "The length of a span: a number and s, m, h or d.",
                                    new Schema<>().types(Set.of("string"))._default("1h"),
                                    "15m")),
                    Map.entry(
                            "from_actor",
                            text(
                                    "\"next_from\" of the page before, or any name to begin with.",
                                    "b")),
                    Map.entry("code", text("Rejected for the reason of this word.", "not-json")));

    private static final Map<String, String[]> OPERATIONS =
            described(
                    "/api/v1/entries/counts",
                    of(
                            "counts",
                            "Counts of a search",
                            "How many entries a search finds, by facets: exact up to 10000, else of"
                                    + " the newest. Where columns matter (field as a filter or facet) up"
                                    + " to 5000 are read."),
                    "/api/v1/entries/export",
                    of(
                            "export",
                            "Export of a search",
                            "Everything that a search finds, newest first, an entry a line (NDJSON) or a"
                                    + " line for each column that one changed (CSV). The last line says"
                                    + " that it is complete; without it, it is not."),
                    "/api/v1/entries/stream",
                    of(
                            "stream",
                            "Stream of a search",
                            "Entries as they come (server-sent events), oldest first, once nothing that"
                                    + " committed earlier can still arrive: none twice, none left out,"
                                    + " also over a new connection with Last-Event-ID. The event complete"
                                    + " says until when all has been sent."),
                    "/api/v1/entries/volume",
                    of(
                            "volume",
                            "Volume of a search",
                            "How many entries a search finds by spans of time, from \"from\" to"
                                    + " \"to\"; the last 24 spans where they are left out."),
                    "/api/v1/transactions/{source}/{id}/neighbours",
                    of(
                            "neighbours",
                            "Neighbours of a transaction",
                            "The transactions of its source that committed next to it."),
                    "/api/v1/reads",
                    of(
                            "reads",
                            "Reads",
                            "Who has asked what of the log, and how much was answered, newest first;"
                                    + " for keys with the scope administer."),
                    "/api/v1/keys",
                    of(
                            "keys",
                            "Keys",
                            "The API keys, the oldest first, without themselves; for keys with the"
                                    + " scope administer, as are the others."),
                    "POST /api/v1/keys",
                    of(
                            "createKey",
                            "A new key",
                            "Makes a key, which the answer has and nothing else: the log keeps its"
                                    + " hash."),
                    "DELETE /api/v1/keys/{id}",
                    of(
                            "revokeKey",
                            "Revoke a key",
                            "Ends a key; each instance heeds that within 30 seconds."),
                    "/api/v1/actors",
                    of(
                            "actors",
                            "Actors",
                            "Who made changes, and when the log has them first and last."),
                    "/api/v1/entities/{table}/{key}/history",
                    of(
                            "rowHistory",
                            "History of a row",
                            "Its entries, newest first, each with what it changed. A row is found"
                                    + " under its present key and under former ones, and through renamings"
                                    + " of its table; what happened to its table as a whole is part of"
                                    + " it where the row was there."),
                    "/api/v1/entities/{table}/{key}/state",
                    of(
                            "rowState",
                            "A row at an instant",
                            "The row as the log knows it, unknown columns named."),
                    "/api/v1/entities/{table}/{key}/diff",
                    of(
                            "rowDiff",
                            "A row between two instants",
                            "What differs between the states after all that committed at \"from\""
                                    + " and at \"to\" (the latest where it is left out)."),
                    "/api/v1/entries",
                    of(
                            "search",
                            "Search",
                            "Entries across rows, newest commit first. Filters add up; \"key\""
                                    + " needs \"table\"."),
                    "/api/v1/entries/{id}",
                    of(
                            "entry",
                            "One entry",
                            "The entry of an id, completed from its row's earlier ones."),
                    "/api/v1/transactions/{source}/{id}",
                    of(
                            "transaction",
                            "One transaction",
                            "Everything that a transaction did, in order, and who and why."
                                    + " PostgreSQL's numbers come again: without \"committed_at\""
                                    + " it is the latest of that number, and the others are"
                                    + " listed."),
                    "/api/v1/tables",
                    of(
                            "tables",
                            "Tables",
                            "The tables of which there are entries, each with the columns of its"
                                    + " newest and oldest ones."),
                    "/api/v1/tables/{table}/columns",
                    of(
                            "columns",
                            "Columns of a table",
                            "The columns and their types at \"at\" (now where it is left out): what the"
                                    + " rows of every other answer are of."),
                    "/api/v1/tables/{table}/history",
                    of(
                            "tableHistory",
                            "History of a table",
                            "What happened to a table as a whole, newest first: created, altered,"
                                    + " renamed, truncated, dropped, its partitions. Each entry's"
                                    + " \"table_change\" says what."),
                    "/api/v1/rejected",
                    of(
                            "rejected",
                            "Rejected records",
                            "What could not be recorded, and why, newest first."),
                    "/api/v1/rejected/{id}",
                    of(
                            "rejectedRecord",
                            "One rejected record",
                            "A rejected record, and what its replays came to."),
                    "POST /api/v1/rejected/{id}/replay",
                    of(
                            "replay",
                            "Replay a rejected record",
                            "The ingest takes the record again, as its settings are now: it becomes"
                                    + " the entry that it should have been, once, in its place in"
                                    + " history. The record stays among those rejected, with what"
                                    + " became of it. A replay that is under way is answered again."),
                    "POST /api/v1/rejected/replay",
                    of(
                            "replayAll",
                            "Replay rejected records",
                            "Replays the rejected records that the filters find, oldest first, but for"
                                    + " those that were replayed before; 10,000 at once."),
                    "/api/v1/evidence/entries/{id}",
                    of(
                            "entryEvidence",
                            "Evidence of an entry",
                            "A pack that anybody checks offline with daybook-verifier.jar: the entry, its context and what"
                                    + " leads from them to the signed checkpoint of the log. 409 where it is not sealed, or is"
                                    + " not what was sealed."),
                    "/api/v1/evidence/rows/{table}/{key}",
                    of(
                            "rowEvidence",
                            "Evidence of a row",
                            "Such a pack of all entries of a row. It proves what it shows; with \"whole\" it shows every row"
                                    + " that was sealed, and proves that there is nothing more about this one."),
                    "/api/v1/coverage",
                    of("coverage", "Coverage", "Up to when the log is complete, per source."));

    /** Pairs of a path and its texts. */
    private static Map<String, String[]> described(Object... pairs) {
        Map<String, String[]> texts = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            texts.put((String) pairs[i], (String[]) pairs[i + 1]);
        }
        return texts;
    }

    /** The name by which a client calls the operation, and its texts. */
    private static String[] of(String id, String summary, String description) {
        return new String[] {id, summary, description};
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
                                .version(version())
                                .description(
                                        "The history of every row of a PostgreSQL database: who"
                                                + " changed what, from what to what, when, and in which"
                                                + " transaction. Press Authorize and give an API key, in one of the"
                                                + " two boxes; on one machine it is in connection.json of the"
                                                + " data directory.")
                                .contact(new Contact().name("The people who run this log"))
                                .license(
                                        new License()
                                                .name("Apache-2.0")
                                                .url(
                                                        "https://www.apache.org/licenses/LICENSE-2.0")))
                .tags(
                        List.of(
                                new Tag().name("Rows").description("One row over time."),
                                new Tag()
                                        .name("Search")
                                        .description("Entries across rows, and transactions."),
                                new Tag()
                                        .name("Log")
                                        .description(
                                                "The log itself: what it holds, up to when, and"
                                                        + " what could not be recorded."),
                                new Tag()
                                        .name("Evidence")
                                        .description("Packs that anybody checks offline."),
                                new Tag()
                                        .name("Keys")
                                        .description("API keys, for administrators.")))
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
                                                .description(
                                                        "An API key; this or bearer is enough."))
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

    /** Returns the build's version; a build that is not packed has none. */
    private static String version() {
        String version = ApiDescription.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private static Schema<?> anyJson() {
        return new Schema<>()
                .description(
                        "A value, in the shape of its column's type (/tables/{table}/columns): any JSON."
                                + " Numbers have as many digits as the database's; numbers=string"
                                + " gives them as strings.");
    }

    private static Schema<?> row() {
        return new Schema<>()
                .types(Set.of("object"))
                .additionalProperties(new Schema<>().$ref(ANY_JSON))
                .description(
                        "A row: column names and values. A column that is absent is unknown, null"
                                + " is SQL NULL.");
    }

    private static Schema<?> problem() {
        return new Schema<>()
                .types(Set.of("object"))
                .description("A problem document (RFC 9457).")
                .addProperty(
                        "type",
                        new Schema<String>()
                                .types(Set.of("string"))
                                ._enum(
                                        Arrays.stream(Problem.values())
                                                .map(problem -> problem.type().toString())
                                                .toList())
                                .example("urn:daybook:problem:invalid-parameter"))
                .addProperty("title", string("A parameter is not valid"))
                .addProperty("status", new Schema<>().types(Set.of("integer")).example(400))
                .addProperty(
                        "detail",
                        string(
                                "The parameter \"limit\": \"0\" is not a whole number from 1 to"
                                        + " 500."))
                .addProperty("instance", string("/api/v1/entries"))
                .addProperty(RequestId.MEMBER, string("8f3a0c5d9b1e2f47"))
                .required(List.of("type", "title", "status", "detail"));
    }

    private static Schema<?> string(String example) {
        return new Schema<>().types(Set.of("string")).example(example);
    }

    @Bean
    OpenApiCustomizer describe() {
        return api -> {
            api.getComponents().addSchemas("Value", anyJson());
            api.getComponents().addSchemas("Row", row());
            api.getComponents().addSchemas("Problem", problem());
            RESOURCES.forEach(resource -> complete(api, resource));
            VALUES.forEach(
                    (schema, members) -> members.forEach(m -> refer(api, schema, m, ANY_JSON)));
            ROWS.forEach(
                    (schema, members) ->
                            members.forEach(m -> nullable(refer(api, schema, m, ROW), m)));
            OPERATION_MEMBERS.forEach(
                    (schema, members) ->
                            members.forEach(
                                    m ->
                                            words(
                                                    api,
                                                    schema,
                                                    m,
                                                    Arrays.stream(Operation.values())
                                                            .map(Operation::word)
                                                            .toList())));
            words(
                    api,
                    "Rejected",
                    "stage",
                    Arrays.stream(Stage.values()).map(Stage::word).toList());
            Paths ordered = new Paths();
            TAGS.keySet().forEach(path -> ordered.addPathItem(path, api.getPaths().get(path)));
            if (ordered.size() != api.getPaths().size()) {
                throw new IllegalStateException(
                        "A path is not described: add it to " + ApiDescription.class);
            }
            api.setPaths(ordered);
            ResponseExamples examples = new ResponseExamples();
            SEARCHES.forEach(
                    path ->
                            Objects.requireNonNull(ordered.get(path), path)
                                    .readOperations()
                                    .forEach(ApiDescription::addFilters));
            ordered.forEach(
                    (path, item) ->
                            item.readOperationsMap()
                                    .forEach(
                                            (method, operation) ->
                                                    complete(method, path, operation, examples)));
        };
    }

    /** Describes a member by another schema, and returns the members that it is one of. */
    @SuppressWarnings("rawtypes") // as swagger-models has it
    private static Map<String, Schema> refer(
            OpenAPI api, String schema, String member, String reference) {
        Map<String, Schema> properties = properties(api, schema);
        Schema<?> described = Objects.requireNonNull(properties.get(member), member);
        String description = described.getDescription();
        Schema<?> replaced = new Schema<>().$ref(reference);
        properties.put(member, description == null ? replaced : replaced.description(description));
        return properties;
    }

    private static void words(OpenAPI api, String schema, String member, List<String> words) {
        @SuppressWarnings("unchecked")
        Schema<String> property =
                (Schema<String>)
                        Objects.requireNonNull(properties(api, schema).get(member), member);
        property.setEnum(new ArrayList<>(words));
    }

    @SuppressWarnings("rawtypes") // as swagger-models has it
    private static Map<String, Schema> properties(OpenAPI api, String schema) {
        return Objects.requireNonNull(
                Objects.requireNonNull(api.getComponents().getSchemas().get(schema), schema)
                        .getProperties(),
                schema);
    }

    private static void complete(
            PathItem.HttpMethod method,
            String path,
            io.swagger.v3.oas.models.Operation operation,
            ResponseExamples examples) {
        String named = method == PathItem.HttpMethod.GET ? path : method + " " + path;
        String[] texts = OPERATIONS.get(named);
        if (texts == null) {
            throw new IllegalStateException(
                    path + " is not described: add it to " + ApiDescription.class);
        }
        operation
                .operationId(texts[0])
                .summary(texts[1])
                .description(texts[2])
                .tags(List.of(Objects.requireNonNull(TAGS.get(path), path)));
        if (operation.getParameters() != null) {
            operation.getParameters().forEach(parameter -> complete(path, parameter));
        }
        ApiResponses responses = operation.getResponses();
        String success =
                responses.keySet().stream()
                        .filter(status -> status.startsWith("2"))
                        .findFirst()
                        .orElseThrow();
        ApiResponse ok = Objects.requireNonNull(responses.get(success), path);
        responses.clear();
        responses.addApiResponse(success, ok.description("The answer."));
        if (ok.getContent() != null && ok.getContent().containsKey(EvidenceController.ZIP)) {
            ok.getContent()
                    .values()
                    .forEach(
                            pack ->
                                    pack.schema(
                                            new Schema<>()
                                                    .types(Set.of("string"))
                                                    .format("binary")));
        } else if (ok.getContent() != null) {
            ok.getContent()
                    .computeIfPresent(
                            CsvLists.TYPE,
                            (type, shared) ->
                                    new MediaType().schema(new Schema<>().types(Set.of("string"))));
            examples.addTo(named, ok);
        }
        responses.addApiResponse("400", problem("A parameter is unknown or not valid."));
        responses.addApiResponse("401", problem("A valid key or token is needed."));
        responses.addApiResponse("403", problem("The key or token may not do that."));
        responses.addApiResponse(
                "404", problem("There is no such thing in the log, or no such name."));
        responses.addApiResponse("406", problem("Accept leaves out application/json."));
        responses.addApiResponse("414", problem("The request line is too long."));
        responses.addApiResponse(
                "429",
                problem("The caller has made too many requests.")
                        .addHeaderObject("Retry-After", retryAfter()));
        responses.addApiResponse("431", problem("A header is too long."));
        responses.addApiResponse("500", problem("A fault; the server's log says which."));
        responses.addApiResponse(
                "503",
                problem(
                                "Try again after Retry-After: the database cannot be reached, or too many"
                                        + " requests wait. Without the header (too-slow): narrow the"
                                        + " search.")
                        .addHeaderObject("Retry-After", retryAfter()));
        responses.addApiResponse("default", problem("Any other problem."));
    }

    private static Header retryAfter() {
        return new Header()
                .description("In how many seconds to try again.")
                .schema(new Schema<>().types(Set.of("integer")));
    }

    /** Adds the filters, before the operation's own parameters. */
    private static void addFilters(io.swagger.v3.oas.models.Operation operation) {
        List<Parameter> parameters = new ArrayList<>();
        Filters.NAMES.forEach(name -> parameters.add(new Parameter().name(name).in("query")));
        if (operation.getParameters() != null) {
            parameters.addAll(operation.getParameters());
        }
        operation.setParameters(parameters);
    }

    private static boolean comesAgain(String path, String name) {
        String filter = name.startsWith("-") ? name.substring(1) : name;
        return SEARCHES.contains(path) && Filters.CHOICES.contains(filter)
                || name.equals(Parameters.FACET);
    }

    /** Describes a parameter that may come several times, and one that leaves its values out. */
    private static void completeChoice(Parameter parameter) {
        String name = parameter.getName();
        boolean without = name.startsWith("-");
        Described described =
                Objects.requireNonNull(PARAMETERS.get(without ? name.substring(1) : name), name);
        parameter.description(
                without
                        ? "Leaves out what \"%s\" would find; several times: any of them."
                                .formatted(name.substring(1))
                        : described.description() + " Several times: any of them.");
        parameter.schema(new Schema<>().types(Set.of("array")).items(withExample(described)));
    }

    private static void complete(String path, Parameter parameter) {
        String name = parameter.getName();
        if (name.equals("id")) {
            boolean number = path.startsWith("/api/v1/transactions");
            parameter.description(
                    number
                            ? "The transaction's number, \"transaction.id\" of an entry."
                            : "The id of the entry, rejected record or key, \"id\" in lists.");
            parameter.schema(
                    number
                            ? new Schema<>().types(Set.of("integer")).format("int64")
                            : new Schema<>().types(Set.of("string")).format("uuid"));
            return;
        }
        if (comesAgain(path, name)) {
            completeChoice(parameter);
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
                        ? "The earlier instant: after everything that committed then. One before the"
                                + " log began is its beginning. RFC 3339, with any offset."
                        : state && name.equals("to")
                                ? "The later instant; the latest where it is left out. RFC 3339."
                                : described.description());
        parameter.schema(described.schema());
        // Only what must be there is filled in when somebody tries it out.
        if (described.example() != null && Boolean.TRUE.equals(parameter.getRequired())) {
            parameter.example(name.equals("from") ? "1970-01-01T00:00:00Z" : described.example());
        } else if (described.example() != null && described.schema().getExamples() == null) {
            parameter.schema(withExample(described));
        }
    }

    /** Returns the schema with an example that shows what it looks like and is not filled in. */
    private static Schema<?> withExample(Described described) {
        Schema<Object> schema = new Schema<>();
        schema.types(described.schema().getTypes());
        schema.format(described.schema().getFormat());
        schema.minimum(described.schema().getMinimum());
        schema.maximum(described.schema().getMaximum());
        if (described.schema().getDefault() != null) {
            schema.setDefault(described.schema().getDefault());
        }
        List<?> values = described.schema().getEnum();
        if (values != null) {
            schema.setEnum(new ArrayList<>(values));
        }
        schema.examples(List.of(described.example()));
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

    @SuppressWarnings({"rawtypes", "unchecked"}) // as swagger-models has it
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
            if (property.getEnum() != null) {
                List<Object> values = new ArrayList<>(property.getEnum());
                values.add(null);
                ((Schema<Object>) property).setEnum(values);
            }
        }
    }
}
