package dev.daybook.api.view;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The shortest way from one list of texts to another, by Myers' algorithm, up to a bound. */
final class Diff {

    /** So many texts may differ; beyond, both stand whole. */
    private static final int MOST_EDITS = 600;

    private Diff() {}

    /** What happens to a text on the way. */
    enum Op {
        SAME,
        OUT,
        IN
    }

    /** A step of the way. */
    record Step(Op op, String text) {}

    /** Returns the steps; null if there are too many to say. */
    static @Nullable List<Step> of(List<String> from, List<String> to) {
        int begin = 0;
        int common = Math.min(from.size(), to.size());
        while (begin < common && from.get(begin).equals(to.get(begin))) {
            begin++;
        }
        int end = 0;
        while (end < common - begin
                && from.get(from.size() - 1 - end).equals(to.get(to.size() - 1 - end))) {
            end++;
        }
        List<Step> middle =
                between(from.subList(begin, from.size() - end), to.subList(begin, to.size() - end));
        if (middle == null) {
            return null;
        }
        List<Step> steps = new ArrayList<>(from.size() + middle.size());
        from.subList(0, begin).forEach(text -> steps.add(new Step(Op.SAME, text)));
        steps.addAll(middle);
        from.subList(from.size() - end, from.size())
                .forEach(text -> steps.add(new Step(Op.SAME, text)));
        return steps;
    }

    private static @Nullable List<Step> between(List<String> from, List<String> to) {
        int n = from.size();
        int m = to.size();
        int most = Math.min(n + m, MOST_EDITS);
        int[] reach = new int[2 * most + 3];
        List<int[]> trace = new ArrayList<>();
        for (int edits = 0; edits <= most; edits++) {
            for (int k = -edits; k <= edits; k += 2) {
                boolean down = k == -edits || k != edits && reach[most + k] < reach[most + k + 2];
                int x = down ? reach[most + k + 2] : reach[most + k] + 1;
                int y = x - k;
                while (x < n && y < m && from.get(x).equals(to.get(y))) {
                    x++;
                    y++;
                }
                reach[most + k + 1] = x;
                if (x >= n && y >= m) {
                    trace.add(reach.clone());
                    return back(trace, most, from, to);
                }
            }
            trace.add(reach.clone());
        }
        return null;
    }

    private static List<Step> back(
            List<int[]> trace, int most, List<String> from, List<String> to) {
        List<Step> steps = new ArrayList<>();
        int x = from.size();
        int y = to.size();
        for (int edits = trace.size() - 1; edits > 0; edits--) {
            int[] before = trace.get(edits - 1);
            int k = x - y;
            boolean down = k == -edits || k != edits && before[most + k] < before[most + k + 2];
            int earlier = down ? k + 1 : k - 1;
            int startX = before[most + earlier + 1];
            int startY = startX - earlier;
            int afterX = down ? startX : startX + 1;
            while (x > afterX) {
                steps.add(new Step(Op.SAME, from.get(--x)));
                y--;
            }
            if (down) {
                steps.add(new Step(Op.IN, to.get(--y)));
            } else {
                steps.add(new Step(Op.OUT, from.get(--x)));
            }
            x = startX;
            y = startY;
        }
        while (x > 0) {
            steps.add(new Step(Op.SAME, from.get(--x)));
        }
        Collections.reverse(steps);
        return steps;
    }
}
