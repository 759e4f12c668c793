package dev.daybook.evidence;

/**
 * Says where a row came from: the number of its stream in the high 19 bits, its Kafka offset in the
 * low 44.
 */
public final class Place {

    private static final int OFFSET_BITS = 44;

    private Place() {}

    public static long of(long stream, long offset) {
        if (stream < 0 || stream >= 1L << 19 || offset < 0 || offset >= 1L << OFFSET_BITS) {
            throw new InvalidEvidenceException(
                    "Stream " + stream + " and offset " + offset + " do not fit a place.");
        }
        return stream << OFFSET_BITS | offset;
    }

    public static long stream(long place) {
        return place >>> OFFSET_BITS;
    }

    public static long offset(long place) {
        return place & (1L << OFFSET_BITS) - 1;
    }
}
