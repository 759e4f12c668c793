package dev.daybook.local.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The fenced blocks of the pages, and the files that they are taken from. Each block has a comment
 * in the line before it that says what it is:
 *
 * <ul>
 *   <li>{@code <!-- snippet: path -->}: the whole file.
 *   <li>{@code <!-- snippet: path#region -->}: what stands between {@code snippet:begin region} and
 *       {@code snippet:end region}.
 *   <li>{@code <!-- snippet: path from "text" to "text" -->}: from the one line that has the first
 *       text to the next one that has the second; a quotation mark in them is written {@code \"}.
 *   <li>{@code <!-- output of: command; checked by path -->}: what a program printed; the named
 *       test compares it with what the program prints now, and so names the page.
 *   <li>{@code <!-- illustration: reason -->}: neither of them; the reason says why it may stand.
 * </ul>
 *
 * <p>{@code bin/snippets} runs this file by itself, without a class path; it must therefore need
 * nothing but the JDK.
 */
final class Snippets {

    /** Shorter is no reason. */
    private static final int SHORTEST_REASON = 20;

    private static final Pattern MARKER = Pattern.compile("\\s*<!--\\s*(.*?)\\s*-->\\s*");
    private static final Pattern FENCE = Pattern.compile("(\\s*)(```+)(.*)");
    private static final Pattern ANCHORED =
            Pattern.compile("(\\S+) from \"((?:[^\"\\\\]|\\\\.)+)\" to \"((?:[^\"\\\\]|\\\\.)+)\"");
    private static final Pattern OUTPUT = Pattern.compile("output of: (.+); checked by (\\S+)");

    private final Path root;

    Snippets(Path root) {
        this.root = root;
    }

    /** With {@code --write} puts the blocks right; without, says which differ. */
    public static void main(String[] arguments) throws IOException {
        boolean write = List.of(arguments).contains("--write");
        Snippets snippets = new Snippets(Path.of("").toAbsolutePath());
        List<String> problems = new ArrayList<>();
        for (Path page : snippets.pages()) {
            if (write && snippets.rewrite(page)) {
                System.out.println("Written: " + snippets.root.relativize(page));
            }
            problems.addAll(snippets.problems(page));
        }
        problems.forEach(System.err::println);
        System.exit(problems.isEmpty() ? 0 : 1);
    }

    /**
     * What is wrong with a block's marker or its source.
     *
     * <p>Not a failure of the program: it names page, line, rule and remedy.
     */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1;

        Unusable(String message) {
            super(message);
        }
    }

    /**
     * A fenced block.
     *
     * @param marker what the comment before it says, without the comment's own signs; empty for
     *     none
     * @param line its opening line's number, from 1
     * @param language what the fence names
     * @param indent what stands before the fence in each line
     * @param lines what is in it
     */
    record Block(String marker, int line, String language, String indent, List<String> lines) {

        Block {
            lines = List.copyOf(lines);
        }

        boolean isSnippet() {
            return marker.startsWith("snippet: ");
        }

        String source() {
            return marker.substring("snippet: ".length());
        }
    }

    /** The pages that are held to this: the guide but for what a test generates, and five more. */
    List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        for (String page :
                List.of(
                        "README.md",
                        "docs/clients.md",
                        "docs/operations.md",
                        "docs/scaling.md",
                        "docs/reference/images.md")) {
            pages.add(root.resolve(page));
        }
        try (Stream<Path> guide = Files.list(root.resolve("docs/guide"))) {
            guide.filter(page -> page.toString().endsWith(".md"))
                    // Written and compared by audit-infra-pulumi's GuideTest.
                    .filter(page -> !page.endsWith("resource-graph.md"))
                    .sorted()
                    .forEach(pages::add);
        }
        return pages;
    }

    /** The blocks of a page, in order. */
    static List<Block> blocks(List<String> page) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < page.size(); i++) {
            Matcher fence = FENCE.matcher(page.get(i));
            if (!fence.matches()) {
                continue;
            }
            int end = end(page, i, fence.group(2));
            Matcher marker = MARKER.matcher(i == 0 ? "" : page.get(i - 1));
            blocks.add(
                    new Block(
                            marker.matches() ? marker.group(1) : "",
                            i + 1,
                            fence.group(3).strip(),
                            fence.group(1),
                            page.subList(i + 1, end)));
            i = end;
        }
        return blocks;
    }

    private static int end(List<String> page, int begin, String fence) {
        int end = begin + 1;
        while (end < page.size() && !page.get(end).strip().equals(fence)) {
            end++;
        }
        return end;
    }

    /** What is wrong with a page's blocks, a sentence each. */
    List<String> problems(Path page) throws IOException {
        List<String> problems = new ArrayList<>();
        String name = root.relativize(page).toString();
        for (Block block : blocks(Files.readAllLines(page))) {
            String where = name + ":" + block.line() + ": ";
            try {
                if (block.isSnippet()) {
                    if (!indented(source(block.source()), block.indent()).equals(block.lines())) {
                        problems.add(
                                where
                                        + "The block differs from "
                                        + block.source()
                                        + ": run bin/snippets.");
                    }
                } else if (block.marker().startsWith("output of: ")) {
                    checkedElsewhere(block.marker(), name);
                } else if (block.marker().startsWith("illustration: ")) {
                    if (block.marker().length() < "illustration: ".length() + SHORTEST_REASON) {
                        throw new Unusable("An illustration needs a reason that says why.");
                    }
                } else {
                    throw new Unusable(
                            "The block does not say where it comes from: put a comment in the line"
                                    + " before it, \"snippet: path\", \"output of: command; checked"
                                    + " by path\" or \"illustration: reason\".");
                }
            } catch (Unusable e) {
                problems.add(where + e.getMessage());
            }
        }
        return problems;
    }

    private void checkedElsewhere(String marker, String page) throws IOException, Unusable {
        Matcher output = OUTPUT.matcher(marker);
        if (!output.matches()) {
            throw new Unusable(
                    "An output names its test: \"output of: command; checked by path\".");
        }
        String test = output.group(2);
        if (!Files.exists(root.resolve(test))) {
            throw new Unusable("There is no " + test + ", which is to check this output.");
        }
        String file = page.substring(page.lastIndexOf('/') + 1);
        if (!Files.readString(root.resolve(test)).contains(file)) {
            throw new Unusable(test + " does not name " + file + ", and so cannot check it.");
        }
    }

    /** Puts a page's snippets right; whether any was wrong. */
    boolean rewrite(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        List<String> written = new ArrayList<>();
        int next = 0;
        for (Block block : blocks(lines)) {
            int begin = block.line();
            written.addAll(lines.subList(next, begin));
            next = begin + block.lines().size();
            List<String> content = block.lines();
            if (block.isSnippet()) {
                try {
                    content = indented(source(block.source()), block.indent());
                } catch (Unusable e) {
                    // It stays as it is, and problems() says why.
                }
            }
            written.addAll(content);
        }
        written.addAll(lines.subList(next, lines.size()));
        if (written.equals(lines)) {
            return false;
        }
        Files.writeString(page, String.join("\n", written) + "\n");
        return true;
    }

    private static List<String> indented(List<String> lines, String indent) {
        return lines.stream().map(line -> line.isEmpty() ? line : indent + line).toList();
    }

    /**
     * The lines that a snippet's source has now, without the indentation that all of them share.
     */
    List<String> source(String source) throws IOException, Unusable {
        Matcher anchored = ANCHORED.matcher(source);
        if (anchored.matches()) {
            return plain(
                    between(
                            read(anchored.group(1)),
                            anchored.group(1),
                            unescaped(anchored.group(2)),
                            unescaped(anchored.group(3))));
        }
        int hash = source.indexOf('#');
        if (hash < 0) {
            return plain(read(source));
        }
        String path = source.substring(0, hash);
        return plain(region(read(path), path, source.substring(hash + 1)));
    }

    private static String unescaped(String text) {
        return text.replaceAll("\\\\(.)", "$1");
    }

    private List<String> read(String path) throws IOException, Unusable {
        Path file = root.resolve(path).normalize();
        if (!file.startsWith(root) || !Files.isRegularFile(file)) {
            throw new Unusable(
                    "There is no file " + path + ": name it from the repository's root.");
        }
        return Files.readAllLines(file);
    }

    private static List<String> region(List<String> lines, String path, String name)
            throws Unusable {
        int begin = marked(lines, "snippet:begin " + name);
        int end = marked(lines, "snippet:end " + name);
        if (begin < 0 || end < begin) {
            throw new Unusable(
                    path
                            + " has no region "
                            + name
                            + ": mark it once each with snippet:begin "
                            + name
                            + " and snippet:end "
                            + name
                            + ".");
        }
        return lines.subList(begin + 1, end);
    }

    /**
     * The one line that ends in a mark, but for a comment's closing sign; -1 for none or several.
     */
    private static int marked(List<String> lines, String mark) {
        int found = -1;
        Pattern pattern = Pattern.compile(".*\\b" + Pattern.quote(mark) + "\\s*(\\*/|-->)?\\s*");
        for (int i = 0; i < lines.size(); i++) {
            if (pattern.matcher(lines.get(i)).matches()) {
                if (found >= 0) {
                    return -1;
                }
                found = i;
            }
        }
        return found;
    }

    private static List<String> between(List<String> lines, String path, String from, String to)
            throws Unusable {
        List<Integer> begins = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains(from)) {
                begins.add(i);
            }
        }
        if (begins.size() != 1) {
            throw new Unusable(
                    path
                            + " has "
                            + begins.size()
                            + " lines with \""
                            + from
                            + "\": name a text that one line has.");
        }
        for (int i = begins.getFirst(); i < lines.size(); i++) {
            if (lines.get(i).contains(to)) {
                return lines.subList(begins.getFirst(), i + 1);
            }
        }
        throw new Unusable(path + " has no \"" + to + "\" after \"" + from + "\".");
    }

    /** Without marks of regions, common indentation, and empty lines at both ends. */
    private static List<String> plain(List<String> lines) {
        List<String> kept = new ArrayList<>();
        for (String line : lines) {
            if (!line.contains("snippet:begin ") && !line.contains("snippet:end ")) {
                kept.add(line.stripTrailing());
            }
        }
        while (!kept.isEmpty() && kept.getFirst().isEmpty()) {
            kept.removeFirst();
        }
        while (!kept.isEmpty() && kept.getLast().isEmpty()) {
            kept.removeLast();
        }
        Optional<Integer> indent =
                kept.stream()
                        .filter(line -> !line.isEmpty())
                        .map(line -> line.length() - line.stripLeading().length())
                        .min(Integer::compare);
        int cut = indent.orElse(0);
        return kept.stream().map(line -> line.isEmpty() ? line : line.substring(cut)).toList();
    }
}
