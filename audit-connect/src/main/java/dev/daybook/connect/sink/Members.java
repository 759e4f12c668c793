package dev.daybook.connect.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

import dev.daybook.contract.Quote;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a record's JSON object into the members that its kind may have.
 *
 * <p>After the first fault it reads on, so that a rejected row can name the record's source and
 * table.
 */
final class Members {

    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
                    // A value may be as large as a record; a number as long as PostgreSQL's
                    // numeric.
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxNestingDepth(5_000)
                                    .build())
                    .build();

    private final String kind;
    private final Map<String, Member> byName = new HashMap<>();
    private final List<Member> all = new ArrayList<>();
    private final List<Member> required = new ArrayList<>();
    private int next;

    /**
     * @param kind what the records are, in words
     */
    Members(String kind) {
        this.kind = kind;
    }

    /** Adds a member; those that come in this order in a record are found without a search. */
    <M extends Member> M required(M member) {
        required.add(member);
        return optional(member);
    }

    <M extends Member> M optional(M member) {
        byName.put(member.name, member);
        all.add(member);
        return member;
    }

    Set<String> names() {
        return Set.copyOf(byName.keySet());
    }

    private void clear() {
        for (Member member : all) {
            member.clear();
        }
    }

    /** Reads the members of one record. */
    void read(byte[] json) throws Unreadable {
        clear();
        next = 0;
        Unreadable fault = null;
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new Unreadable(
                        "bad-shape", "The value is not a JSON object, as %s must be.", kind);
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                Unreadable next = member(parser, json);
                if (fault == null) {
                    fault = next;
                }
            }
            if (parser.nextToken() != null) {
                throw new Unreadable("not-json", "Something follows the JSON object.");
            }
        } catch (IOException e) {
            throw new Unreadable("not-json", "The value is not JSON: %s", firstLine(e));
        }
        if (fault != null) {
            throw fault;
        }
        for (Member member : required) {
            if (!member.isPresent()) {
                throw new Unreadable(
                        "missing-member",
                        "Member %s is missing or null, and %s must have it.",
                        member.name,
                        kind);
            }
        }
    }

    /** Reads the member whose name the parser stands at; returns what is wrong with it. */
    private @Nullable Unreadable member(JsonParser parser, byte[] json) throws IOException {
        String name = parser.currentName();
        Member member = find(name);
        JsonToken token = parser.nextToken();
        try {
            if (member == null) {
                throw new Unreadable(
                        "unknown-member",
                        "Member %s is not one that %s has; the sink must be at least as new as what"
                                + " writes its topics: update the sink.",
                        Quote.of(name),
                        kind);
            }
            member.accept(parser, token, json);
            return null;
        } catch (Unreadable e) {
            parser.skipChildren();
            return e;
        }
    }

    private @Nullable Member find(String name) {
        if (next < all.size() && all.get(next).name.equals(name)) {
            return all.get(next++);
        }
        Member member = byName.get(name);
        next = member == null ? next : all.indexOf(member) + 1;
        return member;
    }

    private static String firstLine(IOException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return Quote.of(end < 0 ? message : message.substring(0, end));
    }
}
