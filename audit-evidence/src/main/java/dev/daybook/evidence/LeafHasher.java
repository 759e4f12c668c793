package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;

/**
 * Hashes rows into leaves; docs/evidence/format.md has the bytes. What may be about a person is
 * there as a salted commitment, so that it can be erased and the leaf stays.
 *
 * <p>Not thread-safe.
 */
public final class LeafHasher {

    private static final byte[] ENTRY = "daybook/entry/v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TRANSACTION =
            "daybook/transaction/v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REJECTED =
            "daybook/rejected/v1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IMAGE = {2};
    private static final byte COMMITMENT = 3;

    /** The salts of an entry's key, former key and actor come before those of its images. */
    private static final int FIRST_OF_IMAGES = 3;

    private final FieldWriter leaf = new FieldWriter();
    private final FieldWriter image = new FieldWriter();
    private final byte[] salt = new byte[Salts.LENGTH];

    /** A commitment's first byte, and its salt: each update of a digest has its price. */
    private final byte[] salted = new byte[1 + Salts.LENGTH];

    private final byte[] commitment = new byte[Hash.LENGTH];
    private final MessageDigest digest = Hash.newDigest();

    {
        salted[0] = COMMITMENT;
    }

    private Groups before = new Groups();
    private Groups after = new Groups();

    /**
     * Returns the hash of an entry's leaf.
     *
     * @param personal those columns of its table that are configured as personal, as names stand in
     *     JSON, quotes included
     */
    public Hash entry(EntryRow row, Salts salts, Set<String> personal) {
        leaf.clear().raw(ENTRY).number(row.place());
        id(row.id());
        leaf.text(row.source())
                .text(row.table())
                .text(row.operation())
                .number(row.committedAt())
                .optionalNumber(row.sourceCommittedAt())
                .optionalText(row.position())
                .optionalNumber(row.transactionId())
                .number(row.sequence())
                .present(row.unknownColumns() != null);
        if (row.unknownColumns() != null) {
            leaf.list(row.unknownColumns(), FieldWriter::text);
        }
        commit(row.key(), salts, 0);
        commit(row.formerKey(), salts, 1);
        commit(row.actor(), salts, 2);
        before.read(row.before(), personal);
        after.read(row.after(), personal);
        int next = image(row.before(), before, null, salts, FIRST_OF_IMAGES);
        image(row.after(), after, before, salts, next);
        return Hash.ofLeaf(leaf.array(), leaf.size());
    }

    /** Returns the hash of the leaf of a transaction's context. */
    public Hash transaction(TransactionRow row, Salts salts) {
        leaf.clear()
                .raw(TRANSACTION)
                .number(row.place())
                .text(row.source())
                .number(row.transactionId())
                .number(row.committedAt());
        commit(row.actor(), salts, 0);
        commit(row.reason(), salts, 1);
        commit(row.requestId(), salts, 2);
        commit(row.attributes(), salts, 3);
        commit(row.loginRole(), salts, 4);
        return Hash.ofLeaf(leaf.array(), leaf.size());
    }

    /** Returns the hash of a rejected record's leaf. */
    public Hash rejected(RejectedRow row, Salts salts) {
        leaf.clear().raw(REJECTED).number(row.place());
        id(row.id());
        leaf.number(row.rejectedAt())
                .optionalText(row.source())
                .text(row.stage())
                .text(row.code())
                .optionalText(row.topic())
                .optionalNumber(row.partition())
                .optionalNumber(row.offset())
                .optionalText(row.table())
                .optionalNumber(row.recordTime());
        commit(row.reason(), salts, 0);
        commit(row.recordKey(), salts, 1);
        commit(row.recordValue(), salts, 2);
        commit(row.recordHeaders(), salts, 3);
        return Hash.ofLeaf(leaf.array(), leaf.size());
    }

    private void id(UUID id) {
        leaf.int32(16)
                .int32((int) (id.getMostSignificantBits() >>> 32))
                .int32((int) id.getMostSignificantBits())
                .int32((int) (id.getLeastSignificantBits() >>> 32))
                .int32((int) id.getLeastSignificantBits());
    }

    private void commit(@Nullable String text, Salts salts, int number) {
        commit(text == null ? null : text.getBytes(StandardCharsets.UTF_8), salts, number);
    }

    private void commit(@Nullable Slice json, Salts salts, int number) {
        leaf.present(json != null);
        if (json != null) {
            commit(json.bytes(), json.from(), json.length(), salts, number);
            leaf.bytes(commitment);
        }
    }

    private void commit(byte @Nullable [] bytes, Salts salts, int number) {
        leaf.present(bytes != null);
        if (bytes != null) {
            commit(bytes, 0, bytes.length, salts, number);
            leaf.bytes(commitment);
        }
    }

    private void commit(byte[] bytes, int from, int length, Salts salts, int number) {
        salts.copyTo(number, salt);
        System.arraycopy(salt, 0, salted, 1, Salts.LENGTH);
        digest.update(salted);
        digest.update(bytes, from, length);
        digest(commitment);
    }

    /**
     * Writes the hash of an image; returns the number of the next salt.
     *
     * @param known the other image of the row: a group that is the same in it has its commitment
     */
    private int image(
            @Nullable Slice json, Groups groups, @Nullable Groups known, Salts salts, int salted) {
        leaf.present(json != null);
        if (json == null) {
            return salted;
        }
        int next = salted;
        image.clear().raw(IMAGE).int32(groups.count);
        for (int i = 0; i < groups.count; i++) {
            Groups.Group group = groups.get(i);
            byte[] same = known == null ? null : known.commitmentOf(group);
            if (same == null) {
                commit(group.bytes.array(), 0, group.bytes.size(), salts, next++);
            } else {
                System.arraycopy(same, 0, commitment, 0, Hash.LENGTH);
            }
            group.commitment = commitment.clone();
            image.bytes(group.name).bytes(commitment);
        }
        digest.update(image.array(), 0, image.size());
        digest(commitment);
        leaf.bytes(commitment);
        return next;
    }

    private void digest(byte[] into) {
        try {
            digest.digest(into, 0, into.length);
        } catch (DigestException e) {
            throw new IllegalStateException("A hash has 32 bytes.", e);
        }
    }

    /**
     * An image's columns: one group for each that is personal, and before them one for the rest.
     */
    private static final class Groups {

        private static final byte[] REST = {};

        /** One group: its columns, name and value each with its length. */
        private static final class Group {
            byte[] name = REST;
            byte[] commitment = {};
            final FieldWriter bytes = new FieldWriter();
        }

        private Group[] groups = {new Group(), new Group()};
        private boolean hasRest;
        int count;

        Group get(int number) {
            return groups[hasRest ? number : number + 1];
        }

        void read(@Nullable Slice json, Set<String> personal) {
            int used = 1;
            groups[0].bytes.clear();
            hasRest = false;
            if (json != null) {
                Columns columns = new Columns(json.bytes(), json.from(), json.length());
                while (columns.next()) {
                    Group group = groups[0];
                    if (!personal.isEmpty()
                            && personal.contains(
                                    new String(columns.name(), StandardCharsets.UTF_8))) {
                        if (used == groups.length) {
                            groups = Arrays.copyOf(groups, used * 2);
                            for (int i = used; i < groups.length; i++) {
                                groups[i] = new Group();
                            }
                        }
                        group = groups[used++];
                        group.name = columns.name();
                        group.bytes.clear();
                    } else {
                        hasRest = true;
                    }
                    group.bytes
                            .bytes(
                                    json.bytes(),
                                    columns.nameFrom,
                                    columns.nameTo - columns.nameFrom)
                            .bytes(
                                    json.bytes(),
                                    columns.valueFrom,
                                    columns.valueTo - columns.valueFrom);
                }
            }
            count = used - (hasRest ? 0 : 1);
        }

        byte @Nullable [] commitmentOf(Group wanted) {
            for (int i = 0; i < count; i++) {
                Group group = get(i);
                if (Arrays.equals(group.name, wanted.name)
                        && Arrays.equals(
                                group.bytes.array(),
                                0,
                                group.bytes.size(),
                                wanted.bytes.array(),
                                0,
                                wanted.bytes.size())) {
                    return group.commitment;
                }
            }
            return null;
        }
    }
}
