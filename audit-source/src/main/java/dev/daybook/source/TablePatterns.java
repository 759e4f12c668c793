package dev.daybook.source;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A list of table patterns, such as {@code public.*,sales.order_*,!public.secret_*}: {@code *}
 * stands for any characters, {@code ?} for one, {@code !} excludes. The same rule as {@code
 * daybook.matches} in db/source, except that a list that only excludes, or is empty, matches every
 * other table.
 */
public final class TablePatterns {

    private final List<Pattern> included = new ArrayList<>();
    private final List<Pattern> excluded = new ArrayList<>();

    private TablePatterns() {}

    /** Reads a list of patterns. */
    public static TablePatterns parse(String list) {
        TablePatterns patterns = new TablePatterns();
        for (String item : list.split(",", -1)) {
            String word = item.strip();
            if (word.isEmpty()) {
                continue;
            }
            boolean excludes = word.startsWith("!");
            Pattern pattern = glob(excludes ? word.substring(1) : word);
            (excludes ? patterns.excluded : patterns.included).add(pattern);
        }
        return patterns;
    }

    /** Returns whether a table is named by the list. */
    public boolean matches(String schema, String table) {
        String name = schema + "." + table;
        return (included.isEmpty() || any(included, name)) && !any(excluded, name);
    }

    private static boolean any(List<Pattern> patterns, String name) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(name).matches()) {
                return true;
            }
        }
        return false;
    }

    private static Pattern glob(String glob) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
