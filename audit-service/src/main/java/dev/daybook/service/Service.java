package dev.daybook.service;

import org.slf4j.LoggerFactory;
import org.springframework.boot.builder.SpringApplicationBuilder;

/**
 * A service as its messages name it.
 *
 * @param program the program's name, with which a line on standard error begins
 * @param subject the service as the subject of a sentence
 * @param reference the page that documents its settings
 */
public record Service(String program, String subject, String reference) {

    /** Runs the service; if it does not start, writes one line and ends the process. */
    public void start(SpringApplicationBuilder application, String... arguments) {
        try {
            application.run(arguments);
        } catch (RuntimeException e) {
            StartupFailure failure = StartupFailure.of(this, e);
            if (!failure.known()) {
                LoggerFactory.getLogger(Service.class).error("Not started", e);
            }
            System.err.println(failure.line());
            System.exit(failure.exitCode());
        }
    }
}
