package dev.daybook.api.rest;

import dev.daybook.api.query.EntryQueries.Counted;
import dev.daybook.api.query.KeyRegister;
import dev.daybook.api.query.LogQueries;
import dev.daybook.api.query.Page;
import dev.daybook.api.query.Reads;
import dev.daybook.api.query.ReplayQueries;
import dev.daybook.api.query.Replays;
import dev.daybook.api.query.RowQueries.RowAt;
import dev.daybook.api.query.RowQueries.RowBetween;
import dev.daybook.api.query.TransactionQueries.Found;
import dev.daybook.api.rest.ActorsResource.ActorSeenResource;
import dev.daybook.api.rest.Completeness.MissingResource;
import dev.daybook.api.rest.CountsResource.FacetResource;
import dev.daybook.api.rest.CountsResource.ValueResource;
import dev.daybook.api.rest.CoverageResource.SealResource;
import dev.daybook.api.rest.CoverageResource.SourceResource;
import dev.daybook.api.rest.DiffResource.DifferenceResource;
import dev.daybook.api.rest.EntryResource.ActorResource;
import dev.daybook.api.rest.EntryResource.ChangeResource;
import dev.daybook.api.rest.EntryResource.EntryTransactionResource;
import dev.daybook.api.rest.KeysResource.KeyResource;
import dev.daybook.api.rest.NeighboursResource.NeighbourResource;
import dev.daybook.api.rest.StateResource.LastEntryResource;
import dev.daybook.api.rest.StateResource.OriginResource;
import dev.daybook.api.rest.TableChangeResource.ColumnResource;
import dev.daybook.api.rest.TablesResource.TableResource;
import dev.daybook.api.rest.TransactionResource.ContextResource;
import dev.daybook.api.rest.VolumeResource.SpanResource;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.contract.WireTime;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.history.ActorSeen;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.ChangedTable;
import dev.daybook.domain.history.Coverage;
import dev.daybook.domain.history.EntryCounts.Facet;
import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.Fact;
import dev.daybook.domain.history.FieldChange;
import dev.daybook.domain.history.Gap;
import dev.daybook.domain.history.Neighbours;
import dev.daybook.domain.history.Presence;
import dev.daybook.domain.history.RecordedEntry;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.domain.history.RowDiff;
import dev.daybook.domain.history.SourceCoverage;
import dev.daybook.domain.history.Volume;
import dev.daybook.pack.SealedReach;

import org.jspecify.annotations.Nullable;
import org.mapstruct.Context;
import org.mapstruct.InjectionStrategy;
import org.mapstruct.Mapper;
import org.mapstruct.Mapping;
import org.mapstruct.MappingConstants;
import org.mapstruct.Named;
import org.mapstruct.ReportingPolicy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Maps what the log answers to what REST shows; a member that nothing fills is an error. */
@Mapper(
        componentModel = MappingConstants.ComponentModel.SPRING,
        uses = TypesLink.class,
        injectionStrategy = InjectionStrategy.CONSTRUCTOR,
        unmappedTargetPolicy = ReportingPolicy.ERROR)
interface Resources {

    // Pages and answers

    @Mapping(target = "data", source = "items")
    @Mapping(target = "coverage", source = ".")
    EntryPageResource entryPage(Page<RecordedView> page, @Context Numbers numbers);

    @Mapping(target = "data", source = "items")
    @Mapping(target = "coverage", source = ".")
    RejectedPageResource rejectedPage(Page<RejectedRecord> page);

    @Mapping(target = "data", source = "items")
    ReadPageResource readPage(Page<Reads.Read> page);

    List<KeyResource> keys(List<KeyRegister.Key> keys);

    KeyResource key(KeyRegister.Key key);

    @Mapping(target = "status", source = "presence")
    @Mapping(target = "row", source = ".")
    @Mapping(target = "origins", source = "facts")
    @Mapping(target = "lastEntry", source = "last")
    @Mapping(target = "types", source = ".", qualifiedByName = "types")
    @Mapping(target = "coverage", source = ".")
    StateResource state(RowAt found, @Context Numbers numbers);

    @Mapping(target = "fromStatus", source = "fromPresence")
    @Mapping(target = "toStatus", source = "toPresence")
    @Mapping(target = "changes", source = "diff.differences")
    @Mapping(target = "undecided", source = "diff.undecided")
    @Mapping(target = "types", source = ".", qualifiedByName = "types")
    @Mapping(target = "coverage", source = ".")
    DiffResource diff(RowBetween found, @Context Numbers numbers);

    @Mapping(target = "source", source = "transaction.source")
    @Mapping(target = "id", source = "transaction.id")
    @Mapping(target = "committedAt", source = "transaction.committedAt")
    @Mapping(target = "data", source = "page.items")
    @Mapping(target = "nextCursor", source = "page.nextCursor")
    @Mapping(target = "coverage", source = "page")
    TransactionResource transaction(Found found, @Context Numbers numbers);

    @Mapping(target = "data", source = "sources")
    @Mapping(target = "entriesEstimated", source = "estimated")
    @Mapping(target = "seal", expression = "java(seal(reached.seal()))")
    CoverageResource coverage(Coverage coverage, @Context Reached reached);

    @Nullable SealResource seal(@Nullable SealedReach seal);

    ColumnsResource columns(LogQueries.Columns found);

    ColumnsResource.ColumnResource definedColumn(LogQueries.Column column);

    List<TableResource> tables(List<LogQueries.Table> tables);

    @Mapping(target = "entries", source = "counts.entries")
    @Mapping(target = "transactions", source = "counts.transactions")
    @Mapping(target = "unattributed", source = "counts.unattributed")
    @Mapping(target = "complete", source = "counts.complete")
    @Mapping(target = "backTo", source = "counts.backTo")
    @Mapping(target = "facets", source = "counts.facets")
    @Mapping(target = "coverage", source = ".")
    CountsResource counts(Counted counted);

    List<SpanResource> volumes(List<Volume> volumes);

    @Mapping(target = "lagSeconds", source = "lag")
    SpanResource span(Volume volume);

    /** Returns a duration in seconds. */
    default @Nullable Double seconds(@Nullable Duration duration) {
        return duration == null ? null : Double.valueOf(duration.toNanos() / 1e9);
    }

    List<ActorSeenResource> actors(List<ActorSeen> actors);

    NeighboursResource neighbours(Neighbours neighbours);

    // Their parts

    @Mapping(target = "id", source = "recorded.entry.id")
    @Mapping(target = "source", source = "recorded.entry.source")
    @Mapping(target = "table", source = "recorded.entry.table")
    @Mapping(target = "key", source = "recorded.entry.entityKey")
    @Mapping(target = "oldKey", source = "recorded.entry.oldEntityKey")
    @Mapping(target = "operation", source = "recorded.entry.operation")
    @Mapping(target = "committedAt", source = "recorded.entry.committedAt")
    @Mapping(target = "sourceCommittedAt", source = "recorded.entry.sourceCommittedAt")
    @Mapping(target = "recordedAt", source = "recorded.recordedAt")
    @Mapping(target = "transaction", source = "recorded.entry")
    @Mapping(target = "actor", source = "recorded.attribution")
    @Mapping(target = "reason", source = "recorded.attribution.reason")
    @Mapping(target = "requestId", source = "recorded.attribution.requestId")
    @Mapping(
            target = "attributes",
            source = "recorded.attribution.attributes",
            qualifiedByName = "json")
    @Mapping(target = "changes", source = "view.changes")
    @Mapping(target = "before", source = "view.before")
    @Mapping(target = "beforeOrigin", source = "view.beforeOrigin")
    @Mapping(target = "completedBefore", source = "view.completedBefore")
    @Mapping(target = "after", source = "view.after")
    @Mapping(target = "completedAfter", source = "view.completedAfter")
    @Mapping(target = "unknownColumns", source = "recorded.entry.unknownColumns")
    @Mapping(target = "types", source = ".", qualifiedByName = "types")
    @Mapping(target = "tableChange", source = "recorded.entry", qualifiedByName = "tableChange")
    EntryResource entry(RecordedView view, @Context Numbers numbers);

    @Mapping(target = "change", source = "word")
    @Mapping(target = "columns", expression = "java(columns(change.columns()))")
    @Mapping(target = "fromKey", source = "before.key")
    @Mapping(target = "toKey", source = "after.key")
    @Mapping(target = "control", source = "body", qualifiedByName = "json")
    TableChangeResource changedTable(ChangedTable change, @Context Numbers numbers);

    List<ColumnResource> columns(List<ChangedTable.ColumnChange> changes);

    @Mapping(target = "change", source = "what")
    @Mapping(target = "fromName", source = "formerName")
    @Mapping(target = "fromType", source = "formerType")
    ColumnResource column(ChangedTable.ColumnChange change);

    @Mapping(target = "id", source = "transactionId")
    EntryTransactionResource transaction(AuditEntry entry);

    @Mapping(target = "id", source = "actor")
    ActorResource actor(Attribution attribution);

    @Mapping(target = "from", qualifiedByName = "json")
    @Mapping(target = "to", qualifiedByName = "json")
    ChangeResource change(FieldChange change, @Context Numbers numbers);

    OriginResource origin(Fact fact);

    LastEntryResource lastEntry(AuditEntry entry);

    @Mapping(target = "from", source = "from.token", qualifiedByName = "json")
    @Mapping(target = "to", source = "to.token", qualifiedByName = "json")
    DifferenceResource difference(RowDiff.Difference difference, @Context Numbers numbers);

    @Mapping(target = "attributes", qualifiedByName = "json")
    ContextResource context(Attribution context, @Context Numbers numbers);

    RejectedResource rejected(RejectedRecord rejected);

    RejectedDetailResource rejectedDetail(ReplayQueries.Found found);

    ReplayResource replay(Replays.Replay replay);

    ReplaysRequestedResource requested(ReplayQueries.Requested requested);

    @Mapping(target = "lagSeconds", source = "completeUntil")
    @Mapping(target = "unattributedShare", source = ".")
    @Mapping(
            target = "sealedUntil",
            expression = "java(time(reached.sealedUntil(source.source())))")
    @Mapping(
            target = "anchoredUntil",
            expression = "java(time(reached.anchoredUntil(source.source())))")
    SourceResource source(SourceCoverage source, @Context Reached reached);

    default List<FacetResource> facets(Map<Facet, List<ValueCount>> facets) {
        return facets.entrySet().stream()
                .map(
                        facet ->
                                new FacetResource(
                                        String.valueOf(word(facet.getKey())),
                                        values(facet.getValue())))
                .toList();
    }

    List<ValueResource> values(List<ValueCount> values);

    @Mapping(target = "id", source = "entry.transactionId")
    @Mapping(target = "committedAt", source = "entry.committedAt")
    @Mapping(target = "actor", source = "attribution")
    @Mapping(target = "reason", source = "attribution.reason")
    NeighbourResource neighbour(RecordedEntry entry);

    // Values

    /** Passes raw JSON through, but for the way in which numbers are written. */
    @Named("json")
    default @Nullable RawJson json(@Nullable String json, @Context Numbers numbers) {
        return json == null ? null : new RawJson(numbers.apply(json));
    }

    default @Nullable RawJson image(@Nullable RowImage image, @Context Numbers numbers) {
        return image == null ? null : RawJson.of(image, numbers);
    }

    /** Says what became of the table; null for any other entry. */
    @Named("tableChange")
    default @Nullable TableChangeResource tableChange(AuditEntry entry, @Context Numbers numbers) {
        return entry.operation() == Operation.TABLE_CHANGE
                ? changedTable(ChangedTable.of(entry), numbers)
                : null;
    }

    /** Returns the known columns as one object; null unless the row exists. */
    default @Nullable RawJson row(RowAt found, @Context Numbers numbers) {
        return found.presence() == Presence.EXISTS
                ? RawJson.ofTokens(found.facts(), fact -> numbers.apply(fact.token()))
                : null;
    }

    default Completeness completeness(Page<?> page) {
        return completeness(page.completeUntil(), page.gaps());
    }

    default Completeness completeness(RowAt found) {
        return completeness(found.completeUntil(), found.gaps());
    }

    default Completeness completeness(RowBetween found) {
        return completeness(found.completeUntil(), found.gaps());
    }

    default Completeness completeness(Counted counted) {
        return completeness(counted.completeUntil(), counted.gaps());
    }

    default Completeness completeness(@Nullable Instant completeUntil, List<Gap> gaps) {
        return new Completeness(time(completeUntil), missing(gaps));
    }

    List<MissingResource> missing(List<Gap> gaps);

    /** Returns how long ago the log was complete, in seconds. */
    default @Nullable Double lag(@Nullable Instant completeUntil, @Context Reached reached) {
        return completeUntil == null
                ? null
                : Double.valueOf(
                        Math.max(
                                0,
                                Duration.between(completeUntil, reached.now()).toMillis() / 1e3));
    }

    default @Nullable Double unattributedShare(SourceCoverage source) {
        return source.recentChanges() == 0
                ? null
                : Double.valueOf((double) source.recentUnattributed() / source.recentChanges());
    }

    default @Nullable String table(@Nullable TableName table) {
        return table == null ? null : table.toString();
    }

    default @Nullable String key(@Nullable EntityKey key) {
        return key == null ? null : key.text();
    }

    default String operation(Operation operation) {
        return operation.word();
    }

    default @Nullable String time(@Nullable Instant instant) {
        return instant == null ? null : WireTime.text(instant);
    }

    /** Returns a constant's name as a word of the interface. */
    default @Nullable String word(@Nullable Enum<?> constant) {
        return constant == null ? null : constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
