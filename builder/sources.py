from __future__ import annotations
import json, datetime, yaml
from dataclasses import dataclass
from typing import Annotated, Any
from pydantic import BeforeValidator, ValidationError, StringConstraints
from builder.diagnostics import *
def _flag(v):
    if isinstance(v, bool): return v
    if v in ("true","false"): return v=="true"
    raise ValueError("expected true or false")
def _whole(v):
    if isinstance(v,int): return v
    if isinstance(v,str) and v.isdigit(): return int(v)
    raise ValueError("expected a whole number")
def _day(v):
    if isinstance(v, datetime.date): return v
    return datetime.date.fromisoformat(v)
Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int, BeforeValidator(_whole)]
Day = Annotated[datetime.date, BeforeValidator(_day)]
Text = Annotated[str, StringConstraints(min_length=1)]
LongText = str
@dataclass(frozen=True)
class Source:
    value: Any
    places: dict
    def place(self, *path):
        while path and path not in self.places: path = path[:-1]
        return self.places.get(path)
def decode(data, path): return Checked(data.decode("utf-8-sig").replace("\r\n","\n"))
def read_yaml(text, path, first_line=1):
    places={}
    try: node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as e: return Checked(None,(Diagnostic("yaml-syntax",str(e),Span(path)),))
    def go(n, p):
        m=n.start_mark; blk = n.id=="scalar" and n.style in "|>" if n.id=="scalar" and n.style else False
        places[p]=Span(path, m.line+first_line+(1 if blk else 0), m.column+1)
        if n.id=="scalar":
            return None if n.style is None and n.value in ("","~","null") else n.value
        if n.id=="sequence": return [go(c,(*p,i)) for i,c in enumerate(n.value)]
        return {k.value: go(v,(*p,k.value)) for k,v in n.value}
    return Checked(Source(go(node,()),places) if node else Source({}, {():Span(path)}))
def split_front_matter(text, path):
    lines=text.split("\n")
    if lines[0].strip()!="---": return None,1,text,1
    for i,l in enumerate(lines[1:],1):
        if l.strip() in("---","..."): return "\n".join(lines[1:i]),2,"\n".join(lines[i+1:]),i+2
    return None,1,text,1
def read_shape(model, source):
    try: return Checked(model.model_validate(source.value))
    except ValidationError as e:
        return Checked(None, tuple(Diagnostic("wrong-type", f"{x['loc']}: {x['msg']}", source.place(*x["loc"])) for x in e.errors()))
def read_json(text, path):
    return Checked(Source(json.loads(text),{():Span(path,1)}))
