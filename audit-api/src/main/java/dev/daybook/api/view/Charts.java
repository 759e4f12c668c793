package dev.daybook.api.view;

import dev.daybook.domain.history.EntryCounts.ValueCount;
import dev.daybook.domain.history.Volume;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Draws numbers over time; each picture has a sentence and a table with the same. */
final class Charts {

    private static final int WIDTH = 960;
    private static final int HEIGHT = 110;
    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("HH:mm");
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH);
    private static final DateTimeFormatter DAY_AND_HOUR =
            DateTimeFormatter.ofPattern("EEE d MMM HH:mm", Locale.ENGLISH);
    private static final DateTimeFormatter WEEKDAY_AND_HOUR =
            DateTimeFormatter.ofPattern("EEE HH:mm", Locale.ENGLISH);

    private Charts() {}

    /**
     * A bar of the picture.
     *
     * @param x its left side
     * @param width its width
     * @param y the top of its upper part, whose height is {@code height}
     * @param oddY the top of its part at the foot, whose height is {@code oddHeight}
     */
    record Bar(String x, String width, String y, String height, String oddY, String oddHeight) {}

    /** A row of the table. */
    record Row(String name, List<String> numbers, String url) {}

    /**
     * A picture.
     *
     * @param sentence what it shows, in words
     * @param columns what the table's numbers are
     * @param labels what stands beneath it, from left to right
     */
    record Chart(
            String sentence,
            List<String> columns,
            List<Bar> bars,
            List<Row> rows,
            List<String> labels) {}

    /** A bar's height, and that of its part at the foot. */
    private record Heights(double whole, double foot) {}

    /**
     * Draws volumes of one step over a span, of which later parts may have none yet.
     *
     * @param search the address of the search whose volume it is, to be narrowed to a bar's time
     */
    static Chart volume(
            List<Volume> volumes,
            Instant from,
            Instant to,
            Duration step,
            Times times,
            String search) {
        long most = volumes.stream().mapToLong(Volume::entries).max().orElse(0);
        DateTimeFormatter names = names(from, to, step);
        long sum = volumes.stream().mapToLong(Volume::entries).sum();
        long odd = volumes.stream().mapToLong(Volume::unattributed).sum();
        boolean about = volumes.stream().anyMatch(Volume::estimated);
        String sentence =
                sum == 0
                        ? "No entries."
                        : "%s%s, %s of them unattributed; most %s %s (%s)."
                                .formatted(
                                        about ? "About " : "",
                                        Texts.count(sum, "entry", "entries"),
                                        Texts.number(odd),
                                        names == DAY ? "on" : "from",
                                        name(highest(volumes, Volume::entries), names, times),
                                        Texts.number(most));
        return new Chart(
                sentence,
                List.of("Entries", "Unattributed"),
                bars(
                        volumes,
                        from,
                        to,
                        step,
                        v ->
                                new Heights(
                                        height(v.entries() - v.unattributed(), most),
                                        height(v.unattributed(), most))),
                rows(
                        volumes,
                        names,
                        times,
                        search,
                        v ->
                                List.of(
                                        (v.estimated() ? "about " : "") + Texts.number(v.entries()),
                                        Texts.number(v.unattributed()))),
                labels(from, to, names, times));
    }

    /** Draws how long the slowest change of each span took from its commit into the log. */
    static Chart lag(
            List<Volume> volumes,
            Instant from,
            Instant to,
            Duration step,
            Times times,
            String search) {
        long most = volumes.stream().mapToLong(Charts::lag).max().orElse(0);
        DateTimeFormatter names = names(from, to, step);
        String sentence =
                volumes.stream().allMatch(volume -> volume.lag() == null)
                        ? "No changes."
                        : "The slowest change was in the log %s after its commit, %s %s."
                                .formatted(
                                        Texts.length(Duration.ofMillis(most)),
                                        names == DAY ? "on" : "from",
                                        name(highest(volumes, Charts::lag), names, times));
        return new Chart(
                sentence,
                List.of("Slowest change in the log after"),
                bars(volumes, from, to, step, v -> new Heights(height(lag(v), most), 0)),
                rows(
                        volumes,
                        names,
                        times,
                        search,
                        v -> List.of(v.lag() == null ? "–" : Texts.length(v.lag()))),
                labels(from, to, names, times));
    }

    /**
     * A picture of one table in a line.
     *
     * @param sentence what it shows, in words
     */
    record Spark(String sentence, List<Bar> bars) {}

    /** Draws how many entries of a table there are in each span. */
    static Spark spark(
            List<Volume> volumes,
            String table,
            Instant from,
            Instant to,
            Duration step,
            Times times) {
        ToLongFunction<Volume> its = volume -> entries(volume, table);
        long most = volumes.stream().mapToLong(its).max().orElse(0);
        return new Spark(
                "By hour: most from %s, %s"
                        .formatted(name(highest(volumes, its), HOUR, times), Texts.number(most)),
                bars(
                        volumes,
                        from,
                        to,
                        step,
                        v -> new Heights(height(its.applyAsLong(v), most), 0)));
    }

    private static long entries(Volume volume, String table) {
        return volume.tables().stream()
                .filter(count -> table.equals(count.value()))
                .mapToLong(ValueCount::entries)
                .sum();
    }

    private static long lag(Volume volume) {
        return volume.lag() == null ? 0 : Math.max(0, volume.lag().toMillis());
    }

    private static Instant highest(List<Volume> volumes, ToLongFunction<Volume> of) {
        return volumes.stream()
                .max(Comparator.comparingLong(of))
                .map(Volume::from)
                .orElse(Instant.EPOCH);
    }

    private static List<Bar> bars(
            List<Volume> volumes,
            Instant from,
            Instant to,
            Duration step,
            Function<Volume, Heights> heights) {
        double all = Math.max(1, Duration.between(from, to).toMillis());
        List<Bar> bars = new ArrayList<>();
        for (Volume volume : volumes) {
            double x = Duration.between(from, volume.from()).toMillis() / all * WIDTH;
            double width =
                    Math.min(step.toMillis(), Duration.between(volume.from(), to).toMillis())
                            / all
                            * WIDTH;
            double high = heights.apply(volume).whole();
            double low = heights.apply(volume).foot();
            bars.add(
                    new Bar(
                            number(x + width * .05),
                            number(Math.max(.5, width * .9)),
                            number(HEIGHT - low - high - (low > 0 && high > 0 ? 2 : 0)),
                            number(high),
                            number(HEIGHT - low),
                            number(low)));
        }
        return bars;
    }

    private static List<Row> rows(
            List<Volume> volumes,
            DateTimeFormatter names,
            Times times,
            String search,
            Function<Volume, List<String>> numbers) {
        return volumes.stream()
                .map(
                        volume ->
                                new Row(
                                        name(volume.from(), names, times),
                                        numbers.apply(volume),
                                        Links.with(
                                                search,
                                                "from",
                                                volume.from().toString(),
                                                "to",
                                                volume.to().toString())))
                .toList();
    }

    private static double height(long entries, long most) {
        return most == 0 || entries == 0
                ? 0
                : Math.max(1.5, (double) entries / most * (HEIGHT - 6));
    }

    private static DateTimeFormatter names(Instant from, Instant to, Duration step) {
        return step.toHours() >= 24
                ? DAY
                : Duration.between(from, to).toHours() <= 24 ? HOUR : DAY_AND_HOUR;
    }

    /** Names five moments, shorter than the table does: the day, or the hour of a weekday. */
    private static List<String> labels(
            Instant from, Instant to, DateTimeFormatter names, Times times) {
        Duration whole = Duration.between(from, to);
        DateTimeFormatter shorter =
                names != DAY_AND_HOUR ? names : whole.toDays() < 3 ? WEEKDAY_AND_HOUR : DAY;
        List<String> labels = new ArrayList<>();
        for (int i = 0; i <= 4; i++) {
            labels.add(name(from.plus(whole.multipliedBy(i).dividedBy(4)), shorter, times));
        }
        return labels;
    }

    private static String name(Instant instant, DateTimeFormatter names, Times times) {
        return names.format(instant.atZone(times.zone()));
    }

    private static String number(double value) {
        return "%.1f".formatted(value);
    }
}
