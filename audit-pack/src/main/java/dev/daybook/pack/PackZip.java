package dev.daybook.pack;

import dev.daybook.contract.JsonText;
import dev.daybook.evidence.Hash;
import dev.daybook.evidence.PackMember;
import dev.daybook.evidence.TlogProof;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a pack's members, one after the other, as they come. */
final class PackZip {

    /** The earliest that a zip file can say: a pack has no time of its own. */
    private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

    private final ZipOutputStream zip;
    private PackMember member = PackMember.CHECKPOINT;
    private long written;

    PackZip(OutputStream out) {
        this.zip = new ZipOutputStream(out);
    }

    /** Begins a member; the one before it is done. */
    void begin(PackMember next) throws IOException {
        ZipEntry entry = new ZipEntry(next.fileName());
        entry.setTimeLocal(NO_TIME);
        zip.putNextEntry(entry);
        member = next;
        written = 0;
    }

    void write(String text) throws IOException, PackProblem {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        written += bytes.length;
        if (written > member.most() || bytes.length > PackMember.LONGEST_LINE) {
            throw new PackProblem(
                    PackProblem.Kind.TOO_LARGE,
                    "The pack would be larger than a pack may be: its "
                            + member.fileName()
                            + " has a limit of "
                            + member.most()
                            + " bytes. Ask for less by --from and --to, or verify on the spot: ./daybook verify.");
        }
        zip.write(bytes);
    }

    void checkpoint(String note, List<Hash> consistency) throws IOException, PackProblem {
        write("{\"note\":" + JsonText.quoted(note) + ",\"proof\":" + list(consistency) + "}\n");
    }

    void leaf(long index, List<Hash> inclusion, String note, byte[] data)
            throws IOException, PackProblem {
        write(
                "{\"leaf\":"
                        + index
                        + ",\"proof\":"
                        + JsonText.quoted(new TlogProof(index, inclusion, note).text())
                        + ",\"data\":\""
                        + Base64.getEncoder().encodeToString(data)
                        + "\"}\n");
    }

    /** Says what the pack is about, and how much it has; what a pack says last. */
    void finish(PackRequest request, long leaves, long entries, long others)
            throws IOException, PackProblem {
        begin(PackMember.PACK);
        write(
                "{\"format\":\""
                        + PackMember.FORMAT
                        + "\",\"entry\":"
                        + quoted(request.entry())
                        + ",\"source\":"
                        + quoted(request.source())
                        + ",\"table\":"
                        + quoted(request.table())
                        + ",\"key\":"
                        + quoted(request.key())
                        + ",\"whole\":"
                        + request.whole()
                        + ",\"leaves\":"
                        + leaves
                        + ",\"entries\":"
                        + entries
                        + ",\"others\":"
                        + others
                        + "}\n");
        zip.finish();
    }

    private static String quoted(@Nullable Object value) {
        return value == null ? "null" : JsonText.quoted(value.toString());
    }

    private static String list(List<Hash> hashes) {
        return hashes.stream()
                .map(hash -> JsonText.quoted(hash.toString()))
                .collect(Collectors.joining(",", "[", "]"));
    }
}
