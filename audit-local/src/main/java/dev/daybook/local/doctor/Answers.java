package dev.daybook.local.doctor;

import dev.daybook.source.Finding;

import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a cluster's answers, and tells apart why there is none. */
final class Answers {

    private static final long WAIT_SECONDS = 30;

    private Answers() {}

    /**
     * Returns an answer.
     *
     * @throws NotAllowedException if the cluster refuses it to this user
     * @throws NoSuchGroupException if it is about a group that has never had a member
     * @throws UnreachableException if the cluster does not answer
     */
    static <T> T get(KafkaFuture<T> future) throws UnreachableException {
        try {
            return future.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof AuthorizationException) {
                throw new NotAllowedException(cause);
            }
            if (cause instanceof GroupIdNotFoundException) {
                throw new NoSuchGroupException(cause);
            }
            throw new UnreachableException(String.valueOf(cause.getMessage()), cause);
        } catch (TimeoutException e) {
            throw new UnreachableException("no answer within " + WAIT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted", e);
        }
    }

    /** Returns the finding about what the user of the doctor may not read. */
    static Finding notAllowed(String what, NotAllowedException e, String operation) {
        return Code.KAFKA_NOT_ALLOWED.warning(
                what,
                "They may not be read, so what depends on them was not checked.",
                String.valueOf(e.getMessage()),
                "Allow the user of the doctor the operation " + operation + ".");
    }

    /** The cluster answers, but not to this user. */
    static final class NotAllowedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotAllowedException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** The group has never had a member. */
    static final class NoSuchGroupException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoSuchGroupException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }
}
