package dev.daybook.api.query;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;
import dev.daybook.contract.Scope;
import dev.daybook.contract.TableName;
import dev.daybook.domain.EntityKey;
import dev.daybook.pack.PackMaker;
import dev.daybook.pack.PackProblem;
import dev.daybook.pack.PackRequest;

import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.UUID;

/**
 * Asks for evidence packs. A pack is made in a file before its first byte is sent: what cannot be
 * proven is a problem document then, and never half a pack.
 */
@Component
public class EvidenceQueries {

    private final Packs packs;
    private final EntryQueries entries;
    private final ReadLog reads;
    private final Admission admission;

    EvidenceQueries(Packs packs, EntryQueries entries, ReadLog reads, Admission admission) {
        this.packs = packs;
        this.entries = entries;
        this.reads = reads;
        this.admission = admission;
    }

    /** Returns the file of a pack about an entry; whoever has sent it deletes it. */
    public Path entry(Caller caller, UUID id) {
        caller.require(Scope.EXPORT);
        // Finds no entry of a table that the caller may not see.
        if (entries.entry(caller, id) == null) {
            throw new ProblemException(
                    Problem.NOT_FOUND,
                    "There is no entry with the id %s: ids come from lists of entries."
                            .formatted(id));
        }
        return made(
                caller,
                new Question("entry-evidence").with("id", id.toString()),
                PackRequest.ofEntry(id));
    }

    /** Returns the file of a pack about a row; whoever has sent it deletes it. */
    public Path row(
            Caller caller,
            @Nullable String source,
            TableName table,
            EntityKey key,
            boolean whole,
            @Nullable Instant from,
            @Nullable Instant to) {
        caller.require(Scope.EXPORT);
        if (whole && !caller.tables().isAll()) {
            throw new ProblemException(
                    Problem.FORBIDDEN,
                    "A whole pack shows rows of all tables, and this key or token sees some: leave out \"whole\".");
        }
        if (!caller.tables().covers(table)) {
            throw nothing(table, key);
        }
        Question question =
                new Question("row-evidence")
                        .with("source", source)
                        .with("table", table.toString())
                        .with("key", key.text())
                        .with("whole", whole)
                        .with("from", from)
                        .with("to", to);
        PackRequest request =
                new PackRequest(null, source, table.toString(), key.text(), whole, from, to);
        return made(caller, question, request);
    }

    /** Returns the same with the log's spelling of the key; null if it has that already. */
    private static @Nullable PackRequest respelled(PackRequest request) {
        EntityKey key = request.key() == null ? null : EntityKey.respelled(request.key());
        return key == null
                ? null
                : new PackRequest(
                        null,
                        request.source(),
                        request.table(),
                        key.text(),
                        request.whole(),
                        request.from(),
                        request.to());
    }

    private static ProblemException nothing(TableName table, EntityKey key) {
        return new ProblemException(
                Problem.NOT_FOUND, "The log has no row %s of %s.".formatted(key.text(), table));
    }

    private Path made(Caller caller, Question question, PackRequest request) {
        Path file = null;
        try {
            // Readable by its owner alone.
            file = Files.createTempFile("daybook-pack-", ".zip");
            Path into = file;
            PackMaker.Made made = admission.admit(Kind.SEARCH, () -> made(request, into));
            reads.read(caller, question, (int) Math.min(made.entries(), Integer.MAX_VALUE));
            file = null;
            return into;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            if (file != null) {
                delete(file);
            }
        }
    }

    private PackMaker.Made made(PackRequest request, Path file) {
        PackRequest respelled = respelled(request);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            PackMaker.Made made = packs.make(request, out);
            if (made.entries() > 0 || respelled == null) {
                return made;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (PackProblem e) {
            if (e.kind() == PackProblem.Kind.NOT_FOUND && respelled != null) {
                return made(respelled, file);
            }
            throw new ProblemException(
                    switch (e.kind()) {
                        case NOT_FOUND -> Problem.NOT_FOUND;
                        case NOT_SEALED, NO_LOG -> Problem.NOT_SEALED;
                        case NOT_YET -> Problem.BUSY;
                        case BROKEN -> Problem.NOT_AS_SEALED;
                        case TOO_LARGE -> Problem.INVALID_PARAMETER;
                    },
                    String.valueOf(e.getMessage()));
        }
        return made(respelled, file);
    }

    /** Deletes a pack that has been sent, or that nobody waits for. */
    public static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
