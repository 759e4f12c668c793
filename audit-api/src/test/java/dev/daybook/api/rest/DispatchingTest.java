package dev.daybook.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.api.ApiFixture;

import org.junit.jupiter.api.Test;

/** Finding an operation by the literal parts of its path finds what Spring finds. */
class DispatchingTest {

    private final ApiFixture api = ApiFixture.shared();

    @Test
    void aPathIsFoundInWhicheverWayItsLettersAreEncoded() {
        assertThat(api.get("/api/v1/coverage").statusCode()).isEqualTo(200);
        assertThat(api.get("/api/v1/cover%61ge").statusCode()).isEqualTo(200);
        assertThat(api.get("/%61pi/v1/entries?limit=1").statusCode()).isEqualTo(200);
    }

    @Test
    void aPathThatBeginsLikeAnOperationIsNotOne() {
        ApiFixture.problem(api.get("/api/v1/coverage/more"), 404, "not-found");
        ApiFixture.problem(api.get("/api/v1/coveragemore"), 404, "not-found");
    }

    @Test
    void aMethodThatAnOperationHasNotIsRefusedWithThoseThatItHas() {
        assertThat(
                        api.send(
                                        api.request("/api/v1/coverage")
                                                .header("X-API-Key", ApiFixture.KEY)
                                                .DELETE()
                                                .build())
                                .headers()
                                .firstValue("Allow"))
                .hasValue("GET");
    }

    @Test
    void aParameterThatIsMissingOrNotOfItsTypeIsRefusedByName() {
        assertThat(
                        api.problem("/api/v1/entities/public.t/1/diff", 400, "invalid-parameter")
                                .at("/detail")
                                .asString())
                .contains("\"from\" is missing");
        assertThat(
                        api.problem("/api/v1/entries?limit=0", 400, "invalid-parameter")
                                .at("/detail")
                                .asString())
                .contains("\"limit\"", "from 1 to 500");
    }
}
