package dev.daybook.api;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;

/** Why the application did not start, in one line. */
final class StartupFailure {

    private StartupFailure() {}

    static String line(Throwable failure) {
        String deepest = null;
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            if (cause instanceof InvalidSettingException) {
                return String.valueOf(cause.getMessage());
            }
            if (cause instanceof PortInUseException port) {
                return "The port "
                        + port.getPort()
                        + " (server.port) is taken: stop what listens there, or set another; 0"
                        + " takes a free one.";
            }
            deepest = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        }
        return "The API did not start: " + String.valueOf(deepest).replaceAll("\\s*\\R\\s*", " ");
    }

    private static @Nullable Throwable next(Throwable cause) {
        return cause.getCause() == cause ? null : cause.getCause();
    }
}
