import json, os, urllib.request

url = os.environ["DAYBOOK_URL"] + "/api/v1/entries?table=public.products&field=price&limit=5"
request = urllib.request.Request(url, headers={"X-API-Key": os.environ["DAYBOOK_KEY"]})
with urllib.request.urlopen(request) as answer:
    page = json.load(answer, parse_float=str)
for entry in page["data"]:
    for change in entry["changes"]:
        if change["field"] == "price":
            print(entry["actor"]["id"], change.get("from"), "->", change.get("to"))
