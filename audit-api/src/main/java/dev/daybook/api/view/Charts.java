package dev.daybook.api.view;

import dev.daybook.domain.history.Volume;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Draws numbers over time; each picture has a sentence and a table with the same. */
final class Charts {

    private static final int WIDTH = 960;
    private static final int HEIGHT = 110;
    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("HH:mm");
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH);

    private Charts() {}

    /**
     * A bar of the picture.
     *
     * @param x its left side
     * @param width its width
     * @param y the top of its attributed part, whose height is {@code height}
     * @param oddY the top of its unattributed part at the foot, whose height is {@code oddHeight}
     */
    record Bar(String x, String width, String y, String height, String oddY, String oddHeight) {}

    /** A row of the table. */
    record Row(String name, String entries, String unattributed, boolean estimated, String url) {}

    /**
     * A picture.
     *
     * @param sentence what it shows, in words
     * @param labels what stands beneath it, from left to right
     */
    record Chart(String sentence, List<Bar> bars, List<Row> rows, List<String> labels) {}

    /** Draws volumes of one step over a span, of which later parts may have none yet. */
    static Chart volume(
            List<Volume> volumes, Instant from, Instant to, Duration step, Times times) {
        long most = volumes.stream().mapToLong(Volume::entries).max().orElse(0);
        double all = Math.max(1, Duration.between(from, to).toMillis());
        boolean days = step.toHours() >= 24;
        List<Bar> bars = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        long sum = 0;
        long odd = 0;
        Volume highest = null;
        for (Volume volume : volumes) {
            double x = Duration.between(from, volume.from()).toMillis() / all * WIDTH;
            double width =
                    Math.min(step.toMillis(), Duration.between(volume.from(), to).toMillis())
                            / all
                            * WIDTH;
            double high = height(volume.entries() - volume.unattributed(), most);
            double low = height(volume.unattributed(), most);
            bars.add(
                    new Bar(
                            number(x + width * .05),
                            number(Math.max(.5, width * .9)),
                            number(HEIGHT - low - high - (low > 0 && high > 0 ? 2 : 0)),
                            number(high),
                            number(HEIGHT - low),
                            number(low)));
            rows.add(
                    new Row(
                            name(volume.from(), days, times),
                            Texts.number(volume.entries()),
                            Texts.number(volume.unattributed()),
                            volume.estimated(),
                            Links.with(
                                    "/view/search",
                                    "from",
                                    volume.from().toString(),
                                    "to",
                                    volume.to().toString())));
            sum += volume.entries();
            odd += volume.unattributed();
            highest = highest == null || volume.entries() > highest.entries() ? volume : highest;
        }
        boolean about = volumes.stream().anyMatch(Volume::estimated);
        String sentence =
                sum == 0
                        ? "No entries."
                        : "%s%s, %s of them unattributed; most %s %s (%s)."
                                .formatted(
                                        about ? "About " : "",
                                        Texts.count(sum, "entry", "entries"),
                                        Texts.number(odd),
                                        days ? "on" : "from",
                                        highest == null ? "" : name(highest.from(), days, times),
                                        Texts.number(most));
        return new Chart(sentence, bars, rows, labels(from, to, days, times));
    }

    private static double height(long entries, long most) {
        return most == 0 || entries == 0
                ? 0
                : Math.max(1.5, (double) entries / most * (HEIGHT - 6));
    }

    private static List<String> labels(Instant from, Instant to, boolean days, Times times) {
        List<String> labels = new ArrayList<>();
        for (int i = 0; i <= 4; i++) {
            labels.add(
                    name(
                            from.plus(Duration.between(from, to).multipliedBy(i).dividedBy(4)),
                            days,
                            times));
        }
        return labels;
    }

    private static String name(Instant instant, boolean days, Times times) {
        ZonedDateTime local = instant.atZone(times.zone());
        return (days ? DAY : HOUR).format(local);
    }

    private static String number(double value) {
        return "%.1f".formatted(value);
    }
}
