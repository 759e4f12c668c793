package dev.daybook.bench.api;

import org.HdrHistogram.Histogram;

/**
 * What was measured of one operation.
 *
 * @param perSecond how many were answered a second
 * @param micros how long each took, from when it was to begin
 * @param processMicros CPU time of this process for each, without asking
 * @param postgresMicros CPU time of PostgreSQL for each
 */
record Measured(double perSecond, Histogram micros, double processMicros, double postgresMicros) {

    double millis(double percentile) {
        return micros.getValueAtPercentile(percentile) / 1e3;
    }
}
