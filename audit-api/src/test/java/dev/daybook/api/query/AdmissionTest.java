package dev.daybook.api.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.daybook.api.problem.Problem;
import dev.daybook.api.problem.ProblemException;
import dev.daybook.api.query.Admission.Kind;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

class AdmissionTest {

    @Test
    void searchesThatTakeAllTheirPlacesLeaveThoseOfRows() throws Exception {
        Admission admission = new Admission(4, 2, 1, Duration.ofMillis(50));
        CountDownLatch inside = new CountDownLatch(2);
        CountDownLatch end = new CountDownLatch(1);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> searches = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                searches.add(
                        callers.submit(
                                () ->
                                        admission.admit(
                                                Kind.SEARCH,
                                                () -> {
                                                    inside.countDown();
                                                    await(end);
                                                    return 1;
                                                })));
            }
            await(inside);

            assertThat(admission.admit(Kind.ROW, () -> "row")).isEqualTo("row");
            assertThatThrownBy(() -> admission.admit(Kind.SEARCH, () -> "search"))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem()).isEqualTo(Problem.BUSY));

            end.countDown();
            for (Future<Integer> search : searches) {
                assertThat(search.get()).isEqualTo(1);
            }
            assertThat(admission.admit(Kind.SEARCH, () -> "search")).isEqualTo("search");
        }
    }

    @Test
    void anAnswerThatHasBegunIsNotCutOffHoweverManyWait() throws Exception {
        Admission admission = new Admission(3, 1, 0, Duration.ZERO);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> searches = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                int number = i;
                searches.add(
                        callers.submit(
                                () ->
                                        admission.awaited(
                                                Kind.SEARCH,
                                                () -> {
                                                    inside.countDown();
                                                    await(end);
                                                    return number;
                                                })));
            }
            await(inside);
            assertThatThrownBy(() -> admission.admit(Kind.SEARCH, () -> "search"))
                    .isInstanceOf(ProblemException.class);

            end.countDown();
            for (int i = 0; i < searches.size(); i++) {
                assertThat(searches.get(i).get()).isEqualTo(i);
            }
        }
    }

    @Test
    void aQuestionThatFailsLeavesItsPlace() {
        Admission admission = new Admission(3, 1, 0, Duration.ZERO);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(
                            () ->
                                    admission.admit(
                                            Kind.SEARCH,
                                            () -> {
                                                throw new IllegalStateException("failed");
                                            }))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(admission.admit(Kind.SEARCH, () -> 1)).isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
