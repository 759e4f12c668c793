package dev.daybook.bench;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

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

    static void deleteTree(Path root) {
        try {
            Files.walkFileTree(
                    root,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.delete(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path directory, @Nullable IOException failure) throws IOException {
                            Files.delete(directory);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
