package dev.daybook.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The machine that the figures are from. */
final class Machine {

    private Machine() {}

    static String describe() throws IOException {
        String processor = procValue(Path.of("/proc/cpuinfo"), "model name");
        String memory = procValue(Path.of("/proc/meminfo"), "MemTotal");
        return Runtime.getRuntime().availableProcessors()
                + " cores ("
                + processor
                + "), "
                + gibibytes(memory)
                + " GiB, "
                + System.getProperty("os.name")
                + " "
                + System.getProperty("os.version")
                + ", Java "
                + System.getProperty("java.version");
    }

    static long residentBytes() throws IOException {
        return kibibytes(procValue(Path.of("/proc/self/status"), "VmRSS")) << 10;
    }

    static long peakResidentBytes() throws IOException {
        return kibibytes(procValue(Path.of("/proc/self/status"), "VmHWM")) << 10;
    }

    /** CPU time that a process has used so far, user and system; 0 if it has ended. */
    static long cpuNanos(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The second field is the program's name in parentheses and may hold spaces.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return ticks * 10_000_000L;
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * What the machine's processors did so far, in ticks.
     *
     * @param all everything, idleness included
     * @param idle nothing, or waiting for a disk
     * @param stolen what a virtual machine's host gave to others while this one wanted to run
     */
    record Times(long all, long idle, long stolen) {

        /** Returns the share that was worked since then, 0 to 1; what was stolen is no work. */
        double busySince(Times before) {
            return all == before.all
                    ? 0
                    : 1 - (double) (idle - before.idle) / (all - before.all) - stolenSince(before);
        }

        /** Returns the share that was stolen since then, 0 to 1. */
        double stolenSince(Times before) {
            return all == before.all ? 0 : (double) (stolen - before.stolen) / (all - before.all);
        }
    }

    /** Zero where the system does not tell. */
    static Times times() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            // cpu user nice system idle iowait irq softirq steal guest guest_nice: proc(5)
            String[] fields = lines.findFirst().orElse("cpu").split(" +", -1);
            long all = 0;
            for (int i = 1; i < Math.min(fields.length, 9); i++) {
                all += Long.parseLong(fields[i]);
            }
            return fields.length > 8
                    ? new Times(
                            all,
                            Long.parseLong(fields[4]) + Long.parseLong(fields[5]),
                            Long.parseLong(fields[8]))
                    : new Times(0, 0, 0);
        } catch (IOException e) {
            return new Times(0, 0, 0);
        }
    }

    private static String procValue(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }

    private static long kibibytes(String text) {
        return text.endsWith(" kB") ? Long.parseLong(text.substring(0, text.length() - 3)) : 0;
    }

    private static long gibibytes(String text) {
        return Math.round(kibibytes(text) / 1024.0 / 1024.0);
    }
}
