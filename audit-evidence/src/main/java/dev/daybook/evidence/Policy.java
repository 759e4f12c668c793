package dev.daybook.evidence;

import org.jspecify.annotations.Nullable;

/** Reads which log a verifier trusts (C2SP tlog-policy): one log so far, and no witnesses. */
public final class Policy {

    private Policy() {}

    /** Returns the policy that trusts a log. */
    public static String of(NoteKey log) {
        return "log " + log + "\nquorum none\n";
    }

    /** Returns the key of the log that a policy trusts. */
    public static NoteKey parse(String text) {
        NoteKey key = null;
        String quorum = null;
        for (String line : text.lines().map(String::strip).toList()) {
            String[] words = line.split("[ \t]+");
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (words[0].equals("log") && words.length >= 2 && key == null) {
                key = NoteKey.parse(words[1]);
            } else if (words[0].equals("quorum") && words.length == 2 && quorum == null) {
                quorum = words[1];
            } else {
                throw refused(line);
            }
        }
        if (key == null || !"none".equals(quorum)) {
            throw refused(quorum == null ? null : "quorum " + quorum);
        }
        return key;
    }

    private static InvalidEvidenceException refused(@Nullable String line) {
        return new InvalidEvidenceException(
                (line == null
                                ? "The policy names no log or no quorum"
                                : "The policy has the line '" + line + "'")
                        + "; this version takes one line 'log KEY' and the line 'quorum none'.");
    }
}
