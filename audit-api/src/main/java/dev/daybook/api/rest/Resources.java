package dev.daybook.api.rest;

import dev.daybook.api.rest.DiffResource.DifferenceResource;
import dev.daybook.api.rest.EntryResource.ActorResource;
import dev.daybook.api.rest.EntryResource.ChangeResource;
import dev.daybook.api.rest.EntryResource.EntryTransactionResource;
import dev.daybook.api.rest.StateResource.LastEntryResource;
import dev.daybook.api.rest.StateResource.OriginResource;
import dev.daybook.api.rest.TransactionResource.ContextResource;
import dev.daybook.contract.Operation;
import dev.daybook.contract.TableName;
import dev.daybook.domain.AuditEntry;
import dev.daybook.domain.EntityKey;
import dev.daybook.domain.RowImage;
import dev.daybook.domain.history.Attribution;
import dev.daybook.domain.history.Fact;
import dev.daybook.domain.history.FieldChange;
import dev.daybook.domain.history.RecordedView;
import dev.daybook.domain.history.RejectedRecord;
import dev.daybook.domain.history.RowDiff;

import org.jspecify.annotations.Nullable;
import org.mapstruct.Mapper;
import org.mapstruct.Mapping;
import org.mapstruct.MappingConstants;
import org.mapstruct.ReportingPolicy;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Domain types to REST resources. */
@Mapper(
        componentModel = MappingConstants.ComponentModel.SPRING,
        unmappedTargetPolicy = ReportingPolicy.ERROR)
interface Resources {

    @Mapping(target = "id", source = "view.entry.id")
    @Mapping(target = "source", source = "view.entry.source")
    @Mapping(target = "table", source = "view.entry.table")
    @Mapping(target = "key", source = "view.entry.entityKey")
    @Mapping(target = "oldKey", source = "view.entry.oldEntityKey")
    @Mapping(target = "operation", source = "view.entry.operation")
    @Mapping(target = "committedAt", source = "view.entry.committedAt")
    @Mapping(target = "recordedAt", source = "recorded.recordedAt")
    @Mapping(target = "transaction", source = "view.entry")
    @Mapping(target = "actor", source = "recorded.attribution")
    @Mapping(target = "reason", source = "recorded.attribution.reason")
    @Mapping(target = "requestId", source = "recorded.attribution.requestId")
    @Mapping(
            target = "attributes",
            expression = "java(raw(view.recorded().attribution().attributes()))")
    @Mapping(target = "changes", source = "view.changes")
    @Mapping(target = "before", source = "view.before")
    @Mapping(target = "beforeOrigin", source = "view.beforeOrigin")
    @Mapping(target = "completedBefore", source = "view.completedBefore")
    @Mapping(target = "after", source = "view.after")
    @Mapping(target = "completedAfter", source = "view.completedAfter")
    @Mapping(target = "unknownColumns", source = "view.entry.unknownColumns")
    EntryResource entry(RecordedView view);

    List<EntryResource> entries(List<RecordedView> views);

    @Mapping(target = "id", source = "transactionId")
    EntryTransactionResource transaction(AuditEntry entry);

    @Mapping(target = "id", source = "actor")
    ActorResource actor(Attribution attribution);

    @Mapping(target = "from", expression = "java(raw(change.from()))")
    @Mapping(target = "to", expression = "java(raw(change.to()))")
    ChangeResource change(FieldChange change);

    OriginResource origin(Fact fact);

    Map<String, OriginResource> origins(Map<String, Fact> facts);

    LastEntryResource lastEntry(AuditEntry entry);

    @Mapping(target = "from", expression = "java(raw(token(difference.from())))")
    @Mapping(target = "to", expression = "java(raw(token(difference.to())))")
    @Mapping(target = "fromEntry", source = "from.entry")
    @Mapping(target = "toEntry", source = "to.entry")
    DifferenceResource difference(RowDiff.Difference difference);

    List<DifferenceResource> differences(List<RowDiff.Difference> differences);

    @Mapping(target = "attributes", expression = "java(raw(context.attributes()))")
    @Nullable ContextResource context(@Nullable Attribution context);

    RejectedResource rejected(RejectedRecord rejected);

    List<RejectedResource> rejected(List<RejectedRecord> rejected);

    default @Nullable String token(@Nullable Fact fact) {
        return fact == null ? null : fact.token();
    }

    default @Nullable RawJson raw(@Nullable String json) {
        return RawJson.ofNullable(json);
    }

    default @Nullable RawJson image(@Nullable RowImage image) {
        return image == null ? null : RawJson.of(image);
    }

    default String table(TableName table) {
        return table.toString();
    }

    default @Nullable String key(@Nullable EntityKey key) {
        return key == null ? null : key.text();
    }

    default String operation(Operation operation) {
        return operation.word();
    }

    default @Nullable String time(@Nullable Instant instant) {
        return instant == null ? null : Times.text(instant);
    }

    /** A constant's name as a word of the interface. */
    default @Nullable String word(@Nullable Enum<?> constant) {
        return constant == null ? null : constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
