package dev.daybook.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.daybook.contract.JsonText;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypedJsonTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "timestamp without time zone | \"2026-11-25T10:00:00Z\" | \"2026-11-25T10:00:00\"",
                "timestamp(3) without time zone | \"2026-11-25T10:00:00.1Z\" | \"2026-11-25T10:00:00.1\"",
                "timestamp with time zone | \"2026-11-25T10:00:00Z\" | \"2026-11-25T10:00:00Z\"",
                "timestamp without time zone | \"infinity\" | \"infinity\"",
                "jsonb | \"{\\\"a\\\": 1.0}\" | {\"a\": 1.0}",
                "json | \"12345678901234567890.10\" | 12345678901234567890.10",
                "jsonb | \"null\" | \"null\"",
                "json | \"{\\n \\\"a\\\" :\\r\\n1}\" | {  \"a\" :  1}",
                "box[] | \"{(1,1),(0,0);(2,2),(1,1)}\" | \"{(1,1),(0,0);(2,2),(1,1)}\"",
                "public.geometry[] | \"{01:02}\" | \"{01:02}\"",
                "public.mood[] | \"{sad,\\\"very happy\\\"}\" | [\"sad\",\"very happy\"]",
                "time without time zone[] | \"{10:00:00,11:00:00}\" | [\"10:00:00\",\"11:00:00\"]",
                "jsonb[] | \"{NULL,\\\"null\\\"}\" | [null,\"null\"]",
                "jsonb | \"{\\\"cut\" | \"{\\\"cut\"",
                "jsonb | \"1 2\" | \"1 2\"",
                "jsonb | null | null",
                "integer[] | \"{1,2}\" | [1,2]",
                "integer[] | \"{}\" | []",
                "integer[] | \"{{1,NULL},{3,4}}\" | [[1,null],[3,4]]",
                "integer[] | \"[0:1]={1,2}\" | \"[0:1]={1,2}\"",
                "integer[] | \"{1,2\" | \"{1,2\"",
                "numeric(10,2)[] | \"{7.50,NaN}\" | [7.50,\"NaN\"]",
                "boolean[] | \"{t,f}\" | [true,false]",
                "text[] | \"{a,\\\"b,c\\\",\\\"NULL\\\",NULL,\\\"\\\"}\" | [\"a\",\"b,c\",\"NULL\",null,\"\"]",
                "text[] | \"{\\\"\\\\\\\"\\\\\\\\\\\"}\" | [\"\\\"\\\\\"]",
                "jsonb[] | \"{\\\"{\\\\\\\"a\\\\\\\": 1}\\\"}\" | [{\"a\": 1}]",
                "bytea | \"0xDEADBEEF\" | \"0xDEADBEEF\"",
                "text | \"{1,2}\" | \"{1,2}\"",
                "bigint | 9007199254740993 | 9007199254740993",
                "DATETIME | \"2026-11-25T10:00:00Z\" | \"2026-11-25T10:00:00Z\"",
            })
    void aValueIsWrittenByItsColumnsType(String type, String token, String written) {
        assertThat(TypedJson.of(token, type)).isEqualTo(written);
    }

    @Test
    void aValueWithoutATypeStaysAsItIs() {
        assertThat(TypedJson.of("\"{1}\"", null)).isEqualTo("\"{1}\"");
    }

    @Test
    void aDocumentThatIsDeeperThanReadersGoStaysAString() {
        String deep = JsonText.quoted("[".repeat(6_000) + "]".repeat(6_000));

        assertThat(TypedJson.of(deep, "jsonb")).isEqualTo(deep);
    }
}
