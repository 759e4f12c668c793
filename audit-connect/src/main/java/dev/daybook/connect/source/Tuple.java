package dev.daybook.connect.source;

/** Holds a row's values as they stand in a message. Reused from row to row. */
final class Tuple {

    static final byte NULL = 'n';
    static final byte UNCHANGED = 'u';
    static final byte TEXT = 't';

    /** The offset of a value that was too large to be received. */
    static final int NOT_RECEIVED = -1;

    byte[] bytes = new byte[0];
    byte[] states = new byte[32];
    int[] offsets = new int[32];
    int[] lengths = new int[32];
    int count;

    void reset(byte[] source, int columns) {
        bytes = source;
        count = columns;
        if (states.length < columns) {
            states = new byte[columns];
            offsets = new int[columns];
            lengths = new int[columns];
        }
    }

    void set(int column, byte state, int offset, int length) {
        states[column] = state;
        offsets[column] = offset;
        lengths[column] = length;
    }

    boolean isNull(int column) {
        return states[column] == NULL;
    }

    /** Returns whether a column's value is there to be written. */
    boolean isReceived(int column) {
        return column < count && states[column] == TEXT && offsets[column] != NOT_RECEIVED;
    }

    /** Returns whether a column's value is there and longer than a limit. */
    boolean isLonger(int column, int limit) {
        return column < count && states[column] == TEXT && lengths[column] > limit;
    }

    /** Returns whether any value is longer than a limit. */
    boolean hasLonger(int limit) {
        for (int i = 0; i < count; i++) {
            if (isLonger(i, limit)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the length of the longest value. */
    int longest() {
        int longest = 0;
        for (int i = 0; i < count; i++) {
            if (states[i] == TEXT) {
                longest = Math.max(longest, lengths[i]);
            }
        }
        return longest;
    }
}
