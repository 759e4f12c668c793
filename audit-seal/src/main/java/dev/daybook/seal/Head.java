package dev.daybook.seal;

import dev.daybook.evidence.Frontier;
import dev.daybook.evidence.Hash;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Says how far a log goes. It is replaced before anything of the new leaves can be seen, so that no
 * second log can grow from the same leaf.
 *
 * @param size how many leaves there are
 * @param frontier the roots of the full subtrees
 * @param staged the file of the leaves that came last; null in a log without leaves
 * @param next the offset of the topic of segments from which to read on
 * @param streams the offsets behind the last sealed segments, by stream
 * @param complete what the sealed watermarks say, as lines of {@link Completeness}, and how far
 *     {@link AsFound} is
 */
record Head(
        long size,
        List<Hash> frontier,
        @Nullable String staged,
        long next,
        Map<Long, Long> streams,
        List<String> complete) {

    static final Head EMPTY = new Head(0, List.of(), null, 0, Map.of(), List.of());

    Frontier tree() {
        return new Frontier(size, frontier);
    }

    byte[] toBytes() {
        StringBuilder text = new StringBuilder("size " + size + "\nnext " + next + "\n");
        if (staged != null) {
            text.append("staged ").append(staged).append('\n');
        }
        frontier.forEach(hash -> text.append("subtree ").append(hash).append('\n'));
        new TreeMap<>(streams)
                .forEach(
                        (stream, end) ->
                                text.append("stream ")
                                        .append(stream)
                                        .append(' ')
                                        .append(end)
                                        .append('\n'));
        complete.forEach(line -> text.append(line).append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    static Head parse(byte[] bytes) {
        long size = 0;
        long next = 0;
        String staged = null;
        List<Hash> frontier = new ArrayList<>();
        Map<Long, Long> streams = new TreeMap<>();
        List<String> complete = new ArrayList<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "size" -> size = Long.parseLong(words[1]);
                case "next" -> next = Long.parseLong(words[1]);
                case "staged" -> staged = words[1];
                case "subtree" -> frontier.add(Hash.ofText(words[1]));
                case "stream" -> streams.put(Long.parseLong(words[1]), Long.parseLong(words[2]));
                case Completeness.MARK, Completeness.SAID, AsFound.WORD -> complete.add(line);
                default ->
                        throw new IllegalStateException(
                                "The log's head has a line that is not known: " + line);
            }
        }
        return new Head(size, frontier, staged, next, streams, complete);
    }
}
