package dev.daybook.service;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.config.ConfigDataException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.FailureHandler;

import java.util.Locale;

/**
 * Why a service did not start, in one line.
 *
 * @param line {@code <program>: <what>. <remedy>}
 * @param exitCode 2 for a wrong setting, which a new start does not cure, otherwise 1
 * @param known whether the line says it all; if not, a stack trace belongs into the log
 */
public record StartupFailure(String line, int exitCode, boolean known) {

    /** Returns what an exception on the way up means, and what to do about it. */
    public static StartupFailure of(Service service, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            if (cause instanceof InvalidSettingException setting) {
                return wrongSetting(service, setting.rule(), setting.remedy());
            }
        }
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            if (cause instanceof BindException bind) {
                return wrongSetting(
                        service,
                        "The setting " + bind.getName() + " is wrong: " + deepest(bind),
                        "Correct it; " + service.reference() + " says what it may be.");
            }
            if (cause instanceof InvalidConfigurationPropertyValueException value) {
                return wrongSetting(
                        service,
                        "The setting " + value.getName() + " is wrong: " + value.getReason(),
                        "Correct it; " + service.reference() + " says what it may be.");
            }
            if (cause instanceof ConfigDataException data) {
                return wrongSetting(
                        service,
                        String.valueOf(data.getMessage()),
                        "Correct spring.config.import, or provide what it names.");
            }
            if (cause instanceof PortInUseException port) {
                return known(
                        service,
                        "The port " + port.getPort() + " (server.port) is taken",
                        "Stop what listens there, or set another; 0 takes a free one.");
            }
        }
        FailureAnalysis analysis = analysis(failure);
        if (analysis != null) {
            String action = analysis.getAction();
            return known(service, analysis.getDescription(), action == null ? "" : action);
        }
        return new StartupFailure(
                line(
                        service,
                        service.subject() + " did not start: " + deepest(failure),
                        "The log says more."),
                1,
                false);
    }

    private static StartupFailure wrongSetting(Service service, String what, String remedy) {
        return new StartupFailure(line(service, what, remedy), 2, true);
    }

    private static StartupFailure known(Service service, String what, String remedy) {
        return new StartupFailure(line(service, what, remedy), 1, true);
    }

    private static String line(Service service, String what, String remedy) {
        String sentence = what.strip();
        // Remedies are written to follow a colon as well.
        String capital =
                remedy.isEmpty()
                        ? ""
                        : remedy.substring(0, 1).toUpperCase(Locale.ROOT) + remedy.substring(1);
        String text =
                service.program()
                        + ": "
                        + sentence
                        + (sentence.endsWith(".") ? " " : ". ")
                        + capital;
        return text.replaceAll("\\s*\\R\\s*", " ").strip();
    }

    /** Asks our analyzers, then Boot's own. */
    private static @Nullable FailureAnalysis analysis(Throwable failure) {
        // Some of Boot's want the context that there is none of; they are left out.
        FailureHandler leaveOut = (type, name, problem) -> {};
        for (FailureAnalyzer analyzer :
                SpringFactoriesLoader.forDefaultResourceLocation()
                        .load(FailureAnalyzer.class, leaveOut)) {
            FailureAnalysis analysis = analyzer.analyze(failure);
            if (analysis != null) {
                return analysis;
            }
        }
        return null;
    }

    private static String deepest(Throwable failure) {
        String deepest = failure.toString();
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            deepest = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        }
        return deepest;
    }

    private static @Nullable Throwable next(Throwable cause) {
        return cause.getCause() == cause ? null : cause.getCause();
    }
}
