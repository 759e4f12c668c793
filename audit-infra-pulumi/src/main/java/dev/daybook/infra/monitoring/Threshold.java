package dev.daybook.infra.monitoring;

/**
 * Says when an alarm is raised.
 *
 * @param comparison of the figure with the value, in CloudWatch's word
 * @param value the limit
 * @param minutes for how long the figure must be beyond it
 * @param missing whether a missing figure counts as one beyond it
 */
record Threshold(String comparison, double value, int minutes, boolean missing) {

    static Threshold above(double value) {
        return new Threshold("GreaterThanThreshold", value, 1, false);
    }

    static Threshold below(double value) {
        return new Threshold("LessThanThreshold", value, 1, false);
    }

    Threshold lasting(int minutes) {
        return new Threshold(comparison, value, minutes, missing);
    }

    Threshold orMissing() {
        return new Threshold(comparison, value, minutes, true);
    }
}
